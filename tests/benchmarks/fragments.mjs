// Convert a model with ThatOpen's importer; print the bytes of its .frag as served, and gzip:
//   node fragments.mjs NODE_MODULES MODEL.ifc
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

const [modules, model] = process.argv.slice(2)
const { IfcImporter } = await import(pathToFileURL(`${modules}/@thatopen/fragments/dist/index.mjs`))
const importer = new IfcImporter()
importer.wasm = { path: `${modules}/web-ifc/`, absolute: true }
const log = console.log
console.log = () => {}
const served = await importer.process({ bytes: new Uint8Array(readFileSync(model)) })
log(JSON.stringify({ bytes: served.length, gzip: gzipSync(served, { level: 6 }).length }))
