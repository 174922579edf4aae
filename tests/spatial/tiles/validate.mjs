// Print the issues of Khronos' glTF validator for each file: node validate.mjs NODE_MODULES FILE...
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [modules, ...files] = process.argv.slice(2)
const validator = createRequire(modules + '/')('gltf-validator')
const reports = []
for (const file of files) {
  const report = await validator.validateBytes(new Uint8Array(readFileSync(file)), { maxIssues: 0 })
  reports.push(report.issues)
}
console.log(JSON.stringify(reports))
