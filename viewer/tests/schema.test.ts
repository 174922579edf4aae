import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generate, TARGET } from '../scripts/api.mjs';

it('the types of the server are those of docs/openapi.json (else: npm run api)', async () => {
  expect(readFileSync(TARGET, 'utf8')).toBe(await generate());
}, 120_000); // it compiles all schemas: many times slower on a busy machine
