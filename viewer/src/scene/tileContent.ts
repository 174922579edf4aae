import {
  BufferAttribute, BufferGeometry, FrontSide, InstancedBufferAttribute, InstancedMesh, Mesh, type Object3D,
} from 'three';
import type { GLTF, GLTFLoaderPlugin, GLTFParser } from 'three/addons/loaders/GLTFLoader.js';
import { breath } from '@/core/breath';
import { TriangleRuns } from '@/scene/triangleRuns';
import type { ElementMaterials } from '@/scene/elementMaterial';

interface PropertyTable {
  class?: string;
  count: number;
  properties?: Record<string, { values: number }>;
}

interface StructuralMetadata {
  schema?: { classes?: Record<string, { properties?: Record<string, { componentType?: string }> }> };
  propertyTables?: PropertyTable[];
}

const READERS: Readonly<Record<string, (buffer: ArrayBuffer, count: number) => ArrayLike<number>>> = {
  UINT8: (buffer, count) => new Uint8Array(buffer, 0, count),
  UINT16: (buffer, count) => new Uint16Array(buffer, 0, count),
  UINT32: (buffer, count) => new Uint32Array(buffer, 0, count),
  INT32: (buffer, count) => new Int32Array(buffer, 0, count),
  UINT64: (buffer, count) => Float64Array.from(new BigUint64Array(buffer, 0, count), Number),
  INT64: (buffer, count) => Float64Array.from(new BigInt64Array(buffer, 0, count), Number),
  FLOAT32: (buffer, count) => new Float32Array(buffer, 0, count),
};

/**
 * Reads the column `ordinal` of each property table (EXT_structural_metadata), which the scene's
 * `userData.ordinals` then holds by table.
 */
export class OrdinalReader implements GLTFLoaderPlugin {
  readonly name = 'EXT_structural_metadata';

  constructor(private readonly parser: GLTFParser) {}

  async afterRoot(result: GLTF): Promise<void> {
    const metadata = (this.parser.json as { extensions?: Record<string, StructuralMetadata> }).extensions?.[this.name];
    const tables = await Promise.all((metadata?.propertyTables ?? []).map((table) => this.read(table, metadata)));
    result.scene.userData['ordinals'] = tables;
  }

  private async read(table: PropertyTable, metadata: StructuralMetadata | undefined): Promise<ArrayLike<number>> {
    const column = table.properties?.['ordinal'];
    const type = metadata?.schema?.classes?.[table.class ?? '']?.properties?.['ordinal']?.componentType ?? 'UINT32';
    const reader = READERS[type];
    if (!column || !reader) return [];
    const bytes = (await this.parser.getDependency('bufferView', column.values)) as ArrayBuffer;
    return reader(bytes, table.count);
  }
}

interface FeatureIds {
  featureCount: number;
  attribute?: number;
  nullFeatureId?: number;
  propertyTable?: number;
}

function featureIds(mesh: Mesh, extension: string): FeatureIds | undefined {
  const extensions = mesh.userData['gltfExtensions'] as Record<string, { featureIds?: FeatureIds[] }> | undefined;
  return extensions?.[extension]?.featureIds?.[0];
}

/** How a tile's numbers relate to the rows of the feature table. */
export interface RowLookup {
  /** Wait until the table knows these ordinals; null when it does. */
  known(ordinals: Iterable<number>): Promise<void> | null;
  rowOfOrdinal(ordinal: number): number;
  isRoom(row: number): boolean;
}

/** What was read of a mesh before it is drawn. */
interface Read {
  geometry: BufferGeometry;
  /** Row of each vertex, or of each instance. */
  rows: Uint32Array;
  isByInstance: boolean;
  /** Corners of the triangles of rooms, and of the rest; none for instances. */
  parted: [rooms: Uint32Array, rest: Uint32Array] | null;
}

/** How long the page may stand still for a tile, ms. */
const STILL_MS = 12;

function meshesOf(scene: Object3D): Mesh[] {
  const meshes: Mesh[] = [];
  scene.traverse((object) => {
    if (object instanceof Mesh) meshes.push(object);
  });
  return meshes;
}

/** Do what takes long with a tile, a mesh at a time: wait for the rows of what it shows, and find them for every vertex. */
export async function readTile(scene: Object3D, lookup: RowLookup): Promise<void> {
  const tables = (scene.userData['ordinals'] ?? []) as ArrayLike<number>[];
  const coming = lookup.known(tables.flatMap((table) => Array.from(table)));
  if (coming) await coming;
  const rowsOfTables = tables.map((table) => Uint32Array.from(table, (ordinal) => lookup.rowOfOrdinal(ordinal)));
  let since = performance.now();
  for (const mesh of meshesOf(scene)) {
    mesh.userData['read'] = readMesh(mesh, rowsOfTables, lookup);
    if (performance.now() - since < STILL_MS) continue;
    await breath();
    since = performance.now();
  }
}

function readMesh(mesh: Mesh, rowsOfTables: readonly Uint32Array[], lookup: RowLookup): Read {
  const isInstanced = mesh instanceof InstancedMesh;
  const geometry = withNormals(mesh.geometry as BufferGeometry);
  const perInstance = geometry.getAttribute('_FEATURE_ID_0');
  const isByInstance = isInstanced && Boolean(perInstance);
  const ids = isByInstance ? perInstance : geometry.getAttribute('_feature_id_0');
  const set = featureIds(mesh, isByInstance ? 'EXT_instance_features' : 'EXT_mesh_features');
  const rowOfFeature = rowsOfTables[set?.propertyTable ?? 0] ?? new Uint32Array();
  const count = isByInstance ? (mesh as InstancedMesh).count : geometry.getAttribute('position').count;
  const rows = new Uint32Array(count);
  if (ids) for (let i = 0; i < count; i += 1) rows[i] = rowOfFeature[ids.getX(i)] ?? 0;
  return { geometry, rows, isByInstance, parted: isByInstance ? null : partTriangles(geometry, rows, lookup) };
}

/**
 * Turn a tile that was read into what the scene draws: every vertex (or instance) knows its row of the colour
 * texture, rooms are a mesh apart from the rest, and each has a twin for the ghost pass.
 */
export function prepareTile(scene: Object3D, materials: ElementMaterials, lookup: RowLookup): void {
  for (const mesh of meshesOf(scene)) {
    const read = mesh.userData['read'] as Read | undefined;
    delete mesh.userData['read'];
    if (read) prepareMesh(mesh, read, materials, lookup);
  }
}

function prepareMesh(mesh: Mesh, { geometry, rows, isByInstance, parted }: Read, materials: ElementMaterials, lookup: RowLookup): void {
  const plain = isClosed(mesh) ? materials.solid : materials.open;
  const drawn = new BufferGeometry();
  drawn.setAttribute('position', geometry.getAttribute('position'));
  drawn.setAttribute('normal', geometry.getAttribute('normal'));
  drawn.setIndex(geometry.getIndex());
  drawn.boundingSphere = geometry.boundingSphere;
  drawn.boundingBox = geometry.boundingBox;

  if (isByInstance && mesh instanceof InstancedMesh) {
    const attribute = new InstancedBufferAttribute(rows, 1);
    drawn.setAttribute('row', attribute);
    mesh.geometry = drawn;
    mesh.material = lookup.isRoom(rows[0] ?? 0) ? materials.room : plain;
    const ghost = new InstancedMesh(drawn, materials.ghost, mesh.count);
    ghost.instanceMatrix = mesh.instanceMatrix;
    adopt(mesh, ghost);
    return;
  }

  drawn.setAttribute('row', new BufferAttribute(rows, 1));
  const [rooms, rest] = parted ?? [new Uint32Array(), new Uint32Array()];
  if (rooms.length && rest.length) {
    const roomGeometry = new BufferGeometry();
    for (const name of ['position', 'normal', 'row']) roomGeometry.setAttribute(name, drawn.getAttribute(name));
    roomGeometry.setIndex(new BufferAttribute(rooms, 1));
    drawn.setIndex(new BufferAttribute(rest, 1));
    const roomMesh = new Mesh(roomGeometry, materials.room);
    roomMesh.userData['runs'] = new TriangleRuns(roomGeometry, rows);
    adopt(mesh, roomMesh);
    adopt(mesh, new Mesh(roomGeometry, materials.ghost));
    mesh.material = plain;
  } else {
    mesh.material = rooms.length ? materials.room : plain;
  }
  mesh.geometry = drawn;
  mesh.userData['runs'] = new TriangleRuns(drawn, rows);
  if (mesh instanceof InstancedMesh) {
    const ghost = new InstancedMesh(drawn, materials.ghost, mesh.count);
    ghost.instanceMatrix = mesh.instanceMatrix;
    adopt(mesh, ghost);
  } else {
    adopt(mesh, new Mesh(drawn, materials.ghost));
  }
}

/** A writer marks shells that are not closed, and glass, as seen from both sides (glTF `doubleSided`). */
function isClosed(mesh: Mesh): boolean {
  const [material] = Array.isArray(mesh.material) ? mesh.material : [mesh.material];
  return material?.side === FrontSide;
}

function adopt(parent: Mesh, child: Mesh): void {
  child.frustumCulled = false; // the tiles renderer culls by tile
  child.userData['isCompanion'] = true;
  parent.add(child);
}

/** Files without normals get flat ones; their triangles then share no vertex. */
function withNormals(geometry: BufferGeometry): BufferGeometry {
  if (geometry.getAttribute('normal')) return geometry;
  const flat = geometry.getIndex() ? geometry.toNonIndexed() : geometry;
  flat.computeVertexNormals();
  return flat;
}

function partTriangles(geometry: BufferGeometry, rows: Uint32Array, lookup: RowLookup): [Uint32Array, Uint32Array] {
  const index = geometry.getIndex();
  const count = index ? index.count : rows.length;
  const rooms = new Uint32Array(count);
  const rest = new Uint32Array(count);
  let roomCount = 0;
  let restCount = 0;
  let lastRow = -1;
  let lastIsRoom = false;
  for (let i = 0; i < count; i += 3) {
    const a = index ? index.getX(i) : i;
    const row = rows[a] ?? 0;
    if (row !== lastRow) {
      lastRow = row;
      lastIsRoom = lookup.isRoom(row);
    }
    for (let corner = 0; corner < 3; corner += 1) {
      const vertex = index ? index.getX(i + corner) : i + corner;
      if (lastIsRoom) rooms[roomCount++] = vertex;
      else rest[restCount++] = vertex;
    }
  }
  return [rooms.slice(0, roomCount), rest.slice(0, restCount)];
}

/** Release what {@link prepareTile} made; materials are shared and stay. */
export function releaseTile(scene: Object3D): void {
  scene.traverse((object) => {
    if (object instanceof Mesh) (object.geometry as BufferGeometry).dispose();
    if (object instanceof InstancedMesh) object.dispose();
  });
}
