// Load each file with three.js and print what it would draw: node load.mjs NODE_MODULES FILE...
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [modules, ...files] = process.argv.slice(2)
const get = path => import(pathToFileURL(`${modules}/three/${path}`))
globalThis.self = globalThis
const { GLTFLoader } = await get('examples/jsm/loaders/GLTFLoader.js')
const { MeshoptDecoder } = await get('examples/jsm/libs/meshopt_decoder.module.js')
const { Box3, Matrix4, Vector3 } = await get('build/three.module.js')

const reports = []
for (const file of files) {
  const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder)
  const bytes = new Uint8Array(readFileSync(file))
  const { scene } = await loader.parseAsync(bytes.buffer, '')
  scene.updateMatrixWorld(true)
  const box = new Box3()
  const features = new Set()
  let triangles = 0
  let flat = 0
  scene.traverse(object => {
    if (!object.isMesh) return
    const { attributes, index } = object.geometry
    // three lower-cases the attributes of vertices, not those of instances.
    const ids = attributes._feature_id_0 ?? attributes._FEATURE_ID_0
    const count = object.isInstancedMesh ? object.count : 1
    triangles += (index.count / 3) * count
    if (!attributes.normal) flat += 1
    for (let i = 0; i < count; i++) {
      const matrix = new Matrix4()
      if (object.isInstancedMesh) object.getMatrixAt(i, matrix)
      matrix.premultiply(object.matrixWorld)
      const used = new Set(index.array)
      for (const v of used) {
        box.expandByPoint(new Vector3().fromBufferAttribute(attributes.position, v).applyMatrix4(matrix))
        if (!object.isInstancedMesh) features.add(ids.getX(v))
      }
      if (object.isInstancedMesh) features.add(ids.getX(i))
    }
  })
  reports.push({ triangles, flat, min: box.min.toArray(), max: box.max.toArray(), features: [...features].sort((a, b) => a - b) })
}
console.log(JSON.stringify(reports))
