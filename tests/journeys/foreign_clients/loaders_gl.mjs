// Read a whole tileset with loaders.gl and print what is in it, as JSON:
//   TOKEN=... node loaders_gl.mjs TILESET_URL
// Every content is decoded: meshopt, quantised positions, feature ids, the property table.
import { load } from '@loaders.gl/core';
import { Tiles3DLoader } from '@loaders.gl/3d-tiles';

const POINTS_OF_ROOMS = 5; // of so many rooms the corners are printed

const [url] = process.argv.slice(2);
const options = {
  core: { fetch: { headers: { authorization: `Bearer ${process.env.TOKEN}` } }, worker: false },
  gltf: { loadBuffers: true, decompressMeshes: true, loadImages: false },
};

/** A column of the property table as strings or numbers, whatever form the loader left it in. */
function column(metadata, table, name) {
  const data = Array.from(table.properties[name]?.data ?? []);
  const { enumType } = metadata.schema.classes[table.class].properties[name] ?? {};
  if (!enumType || typeof data[0] === 'string') return data;
  const words = new Map(metadata.schema.enums[enumType].values.map((one) => [one.value, one.name]));
  return data.map((number) => words.get(number));
}

function turned([x, y, z, w], [a, b, c]) {
  const t = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [
    a + w * t[0] + y * t[2] - z * t[1],
    b + w * t[1] + z * t[0] - x * t[2],
    c + w * t[2] + x * t[1] - y * t[0],
  ];
}

function times(m, [x, y, z]) {
  return [0, 1, 2].map((i) => m[i] * x + m[4 + i] * y + m[8 + i] * z + m[12 + i]);
}

/** Into the frame of the content, by the matrices and translations of glTF 2.0, 3.5.3. */
function fromNode(node, point) {
  if (node.matrix) return times(node.matrix, point);
  const scale = node.scale ?? [1, 1, 1];
  const place = turned(node.rotation ?? [0, 0, 0, 1], point.map((v, i) => v * scale[i]));
  return place.map((v, i) => v + (node.translation ?? [0, 0, 0])[i]);
}

/** Every primitive below a node, with the way of a point from there to the content's frame. */
function* primitives(node, above = (point) => point) {
  const place = (point) => above(fromNode(node, point));
  for (const primitive of node.mesh?.primitives ?? []) yield { primitive, place };
  for (const child of node.children ?? []) yield* primitives(child, place);
}

/** 3D Tiles 1.1, 6.7: glTF has y up, tiles have z up. */
const upright = ([x, y, z]) => [x, -z, y];

function* withContent(tile) {
  if (tile.contentUrl) yield tile;
  for (const child of tile.children ?? []) yield* withContent(child);
}

/** A matrix of the tileset's root and of every tile on the way down, multiplied. */
function matrices(tile, above, found) {
  const here = tile.transform ? product(above, tile.transform) : above;
  found.set(tile, here);
  for (const child of tile.children ?? []) matrices(child, here, found);
  return found;
}

function product(a, b) {
  return Array.from({ length: 16 }, (_, i) => {
    const [row, col] = [i % 4, Math.floor(i / 4)];
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[4 * k + row] * b[4 * col + k], 0);
  });
}

const tileset = await load(url, Tiles3DLoader, options);
const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const ecefFromContent = matrices(tileset.root, identity, new Map());
const points = {};
const contents = [];
for (const tile of withContent(tileset.root)) {
  const { gltf } = await load(tile.contentUrl, Tiles3DLoader, options);
  const metadata = gltf.extensions?.EXT_structural_metadata;
  const table = metadata?.propertyTables?.[0];
  const codes = table ? column(metadata, table, 'code') : [];
  const kinds = table ? column(metadata, table, 'kind') : [];
  const used = new Set();
  let triangles = 0;
  for (const root of gltf.scene.nodes) {
    for (const { primitive, place } of primitives(root)) {
      const ids = primitive.attributes._FEATURE_ID_0.value;
      const positions = primitive.attributes.POSITION.value;
      triangles += primitive.indices.value.length / 3;
      for (const vertex of new Set(primitive.indices.value)) {
        const id = ids[vertex];
        used.add(id);
        const code = codes[id];
        const isWanted = kinds[id] === 'room' && code && (code in points || Object.keys(points).length < POINTS_OF_ROOMS);
        if (!isWanted) continue;
        const at = upright(place(Array.from(positions.slice(3 * vertex, 3 * vertex + 3))));
        (points[code] ??= []).push(times(ecefFromContent.get(tile), at));
      }
    }
  }
  contents.push({
    url: tile.contentUrl,
    level: tile.header?.metadata?.properties?.level ?? tile.metadata?.properties?.level,
    rows: table?.count ?? 0,
    features: [...used].sort((a, b) => a - b),
    triangles,
    codes: codes.filter(Boolean),
    ordinals: table ? column(metadata, table, 'ordinal') : [],
  });
}
console.log(JSON.stringify({ contents, points }));
