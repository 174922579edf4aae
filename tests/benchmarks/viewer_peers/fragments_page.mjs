// ThatOpen's fragments viewer with the camera, the canvas and the questions that viewer_speed.py puts to ours.
// Its address: ?model=URL&width=PIXELS&height=PIXELS; `look` is called with a pose relative to the model's centre.
import { FragmentsModels } from '@thatopen/fragments'
import {
  AmbientLight, Box3, Color, DirectionalLight, PerspectiveCamera, Scene, Spherical, Vector2, Vector3, WebGLRenderer,
} from 'three'

const words = new URLSearchParams(location.search)
const [width, height] = [Number(words.get('width')), Number(words.get('height'))]
const canvas = document.querySelector('canvas')
const renderer = new WebGLRenderer({ canvas, antialias: false, powerPreference: 'high-performance' })
renderer.setSize(width, height, false)
canvas.style.width = `${width}px`
canvas.style.height = `${height}px`
const scene = new Scene()
scene.background = new Color('#eef1f4')
const sun = new DirectionalLight('#ffffff', 1.5)
sun.position.set(5, 10, 3)
scene.add(new AmbientLight('#ffffff', 1.5), sun)
const camera = new PerspectiveCamera(40, width / height, 0.1, 2000)
const fragments = new FragmentsModels('worker.mjs', { maxWorkers: 2 })

let model
let middle
const target = new Vector3()

/** Ours looks along z upwards; three.js and fragments along y. */
const turned = ([x, y, z]) => new Vector3(x, z, -y)

const peer = {
  readyAt: null,
  triangles: 0,
  calls: 0,

  draw() {
    renderer.render(scene, camera)
    peer.triangles = renderer.info.render.triangles
    peer.calls = renderer.info.render.calls
  },

  /** Load and look: `eye` and `at` in metres from the centre of the model, z upwards. */
  async look(eye, at) {
    model = await fragments.load(await (await fetch(words.get('model'))).arrayBuffer(), { modelId: 'model', camera })
    model.useCamera(camera)
    scene.add(model.object)
    middle = model.box.getCenter(new Vector3())
    camera.position.copy(turned(eye)).add(middle)
    target.copy(turned(at)).add(middle)
    camera.lookAt(target)
    camera.updateMatrixWorld()
    await fragments.update(true)
    while (model.isBusy) await new Promise(requestAnimationFrame)
    peer.draw()
    renderer.getContext().finish()
    peer.readyAt = performance.now()
  },

  /** Pictures drawn a second while turning half a radian a second. */
  orbit(lasting_ms) {
    return new Promise((done) => {
      const started = performance.now()
      let [drawn, last] = [0, started]
      const step = () => {
        const now = performance.now()
        if (now - started > lasting_ms) return done((drawn * 1000) / (now - started))
        const arm = new Spherical().setFromVector3(camera.position.clone().sub(target))
        arm.theta += (now - last) / 2000
        last = now
        camera.position.setFromSpherical(arm).add(target)
        camera.lookAt(target)
        camera.updateMatrixWorld()
        void fragments.update()
        peer.draw()
        drawn += 1
        requestAnimationFrame(step)
      }
      requestAnimationFrame(step)
    })
  },

  /** Milliseconds from asking for a colour for every element until it has been given to the card. */
  async recolour(colour) {
    const from = performance.now()
    await model.setColor(undefined, new Color(colour))
    await fragments.update(true)
    peer.draw()
    return performance.now() - from
  },

  async picks() {
    const took = []
    for (let i = 1; i < 21; i += 1) {
      const from = performance.now()
      await model.raycast({ camera, mouse: new Vector2((width * i) / 21, height / 2), dom: canvas })
      took.push(performance.now() - from)
    }
    return took
  },

  size: () => new Box3().copy(model.box).getSize(new Vector3()).toArray(),
}
window.peer = peer
