// xeokit's viewer with the camera, the canvas and the questions that viewer_speed.py puts to ours.
// Its address: ?model=URL&width=PIXELS&height=PIXELS; `look` is called with a pose relative to the model's centre.
import { Viewer, XKTLoaderPlugin } from '@xeokit/xeokit-sdk'

const words = new URLSearchParams(location.search)
const [width, height] = [Number(words.get('width')), Number(words.get('height'))]
const canvas = document.querySelector('canvas')
canvas.id = 'picture'
canvas.style.width = `${width}px`
canvas.style.height = `${height}px`
const viewer = new Viewer({ canvasId: 'picture', transparent: false, antialias: false })
const { scene, camera } = viewer
camera.perspective.fovAxis = 'y'
camera.perspective.fov = 40

/** Ours looks along z upwards; xeokit along y. */
const turned = ([x, y, z]) => [x, z, -y]
const finish = () => scene.canvas.gl.finish()

let model
const peer = {
  readyAt: null,
  triangles: 0,
  calls: 0,

  /** Load and look: `eye` and `at` in metres from the centre of the model, z upwards. */
  look(eye, at) {
    return new Promise((done, failed) => {
      model = new XKTLoaderPlugin(viewer).load({ id: 'model', src: words.get('model') })
      model.on('error', failed)
      model.on('loaded', () => {
        const { aabb } = model
        const middle = [0, 1, 2].map((axis) => (aabb[axis] + aabb[axis + 3]) / 2)
        const from = (point) => turned(point).map((value, axis) => value + middle[axis])
        camera.eye = from(eye)
        camera.look = from(at)
        camera.up = [0, 1, 0]
        scene.render(true)
        finish()
        peer.triangles = model.numTriangles
        peer.calls = model.numEntities
        peer.readyAt = performance.now()
        done()
      })
    })
  },

  /** Pictures drawn a second while turning half a radian a second. */
  orbit(lasting_ms) {
    return new Promise((done) => {
      const started = performance.now()
      let [drawn, last] = [0, started]
      const step = () => {
        const now = performance.now()
        if (now - started > lasting_ms) return done((drawn * 1000) / (now - started))
        camera.orbitYaw(((now - last) / 2000) * (180 / Math.PI))
        last = now
        scene.render(true)
        drawn += 1
        requestAnimationFrame(step)
      }
      requestAnimationFrame(step)
    })
  },

  /** Milliseconds of giving every element a colour and the card what has changed. */
  async recolour(colour) {
    const from = performance.now()
    scene.setObjectsColorized(scene.objectIds, [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255))
    scene.render(true)
    return performance.now() - from
  },

  async picks() {
    const took = []
    for (let i = 1; i < 21; i += 1) {
      const from = performance.now()
      scene.pick({ canvasPos: [(width * i) / 21, height / 2] })
      took.push(performance.now() - from)
    }
    return took
  },
}
window.peer = peer
