// Convert a model with ThatOpen's importer; print the bytes of its .frag as served, and gzip; keep it where asked:
//   node fragments.mjs NODE_MODULES MODEL.ifc [MODEL.frag]
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

const [modules, model, kept] = process.argv.slice(2)
const { IfcImporter } = await import(pathToFileURL(`${modules}/@thatopen/fragments/dist/index.mjs`))
const importer = new IfcImporter()
importer.wasm = { path: `${modules}/web-ifc/`, absolute: true }
const log = console.log
console.log = () => {}
const served = await importer.process({ bytes: new Uint8Array(readFileSync(model)) })
if (kept) writeFileSync(kept, served)
log(JSON.stringify({ bytes: served.length, gzip: gzipSync(served, { level: 6 }).length }))
