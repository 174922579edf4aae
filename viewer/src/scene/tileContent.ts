import {
  BufferAttribute, BufferGeometry, FrontSide, InstancedBufferAttribute, InstancedMesh, Mesh, type Object3D,
} from 'three';
import type { GLTF, GLTFLoaderPlugin, GLTFParser } from 'three/addons/loaders/GLTFLoader.js';
import { breath } from '@/core/breath';
import { leaveToCard } from '@/scene/cardBuffers';
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

type Corners = Uint16Array | Uint32Array;

/** Corners of the triangles of rooms, and of the rest; null where all are of one sort, and for instances. */
interface Parted {
  rooms: Corners;
  rest: Corners;
}

/** What was read of a mesh before it is drawn. */
interface Read {
  geometry: BufferGeometry;
  /** Row of each vertex, or of each instance. Meshes with the same vertices have it in common. */
  row: BufferAttribute;
  isByInstance: boolean;
  isOfRooms: boolean;
  parted: Parted | null;
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
  delete scene.userData['ordinals'];
  const coming = lookup.known(tables.flatMap((table) => Array.from(table)));
  if (coming) await coming;
  const rowsOfTables = tables.map((table) => Uint32Array.from(table, (ordinal) => lookup.rowOfOrdinal(ordinal)));
  const known: RowsOfIds = new Map();
  let since = performance.now();
  for (const mesh of meshesOf(scene)) {
    mesh.userData['read'] = readMesh(mesh, rowsOfTables, lookup, known);
    if (performance.now() - since < STILL_MS) continue;
    await breath();
    since = performance.now();
  }
}

/** Rows that were found for a column of feature ids, by that column and the table that it counts in. */
type RowsOfIds = Map<unknown, Map<number, BufferAttribute>>;

function readMesh(mesh: Mesh, rowsOfTables: readonly Uint32Array[], lookup: RowLookup, known: RowsOfIds): Read {
  const isInstanced = mesh instanceof InstancedMesh;
  const geometry = withNormals(mesh.geometry as BufferGeometry);
  const perInstance = geometry.getAttribute('_FEATURE_ID_0');
  const isByInstance = isInstanced && Boolean(perInstance);
  const ids = isByInstance ? perInstance : geometry.getAttribute('_feature_id_0');
  const set = featureIds(mesh, isByInstance ? 'EXT_instance_features' : 'EXT_mesh_features');
  const count = isByInstance ? (mesh as InstancedMesh).count : geometry.getAttribute('position').count;
  const table = set?.propertyTable ?? 0;
  const row = known.get(ids)?.get(table) ?? rowColumn(ids, count, rowsOfTables[table], isByInstance);
  if (ids) known.set(ids, (known.get(ids) ?? new Map<number, BufferAttribute>()).set(table, row));
  const rows = row.array as Uint32Array;
  if (isByInstance) return { geometry, row, isByInstance, isOfRooms: lookup.isRoom(rows[0] ?? 0), parted: null };
  const corners = geometry.getIndex()?.count ?? count;
  const ofRooms = cornersOfRooms(geometry, rows, lookup);
  const parted = ofRooms > 0 && ofRooms < corners ? partTriangles(geometry, rows, lookup, ofRooms) : null;
  return { geometry, row, isByInstance, isOfRooms: ofRooms > 0, parted };
}

function rowColumn(ids: { getX(i: number): number } | undefined, count: number, rowOfFeature: Uint32Array = new Uint32Array(), isByInstance = false): BufferAttribute {
  const rows = new Uint32Array(count);
  if (ids) for (let i = 0; i < count; i += 1) rows[i] = rowOfFeature[ids.getX(i)] ?? 0;
  return isByInstance ? new InstancedBufferAttribute(rows, 1) : new BufferAttribute(rows, 1);
}

/**
 * Turn a tile that was read into what the scene draws: every vertex (or instance) knows its row of the colour
 * texture, rooms are a mesh apart from the rest, and each has a twin for the ghost pass.
 */
export function prepareTile(scene: Object3D, materials: ElementMaterials, gl: WebGL2RenderingContext): void {
  for (const mesh of meshesOf(scene)) {
    const read = mesh.userData['read'] as Read | undefined;
    delete mesh.userData['read'];
    if (read) prepareMesh(mesh, read, materials);
  }
  for (const mesh of meshesOf(scene)) leaveToCard(mesh.geometry as BufferGeometry, gl);
}

function prepareMesh(mesh: Mesh, { geometry, row, isByInstance, isOfRooms, parted }: Read, materials: ElementMaterials): void {
  const plain = isClosed(mesh) ? materials.solid : materials.open;
  const drawn = new BufferGeometry();
  drawn.setAttribute('position', geometry.getAttribute('position'));
  drawn.setAttribute('normal', geometry.getAttribute('normal'));
  drawn.setAttribute('row', row);
  drawn.setIndex(geometry.getIndex());
  drawn.boundingSphere = geometry.boundingSphere;
  drawn.boundingBox = geometry.boundingBox;

  if (isByInstance && mesh instanceof InstancedMesh) {
    mesh.geometry = drawn;
    mesh.material = isOfRooms ? materials.room : plain;
    const ghost = new InstancedMesh(drawn, materials.ghost, mesh.count);
    ghost.instanceMatrix = mesh.instanceMatrix;
    adopt(mesh, ghost);
    return;
  }

  if (parted) {
    const { rooms, rest } = parted;
    const roomGeometry = new BufferGeometry();
    for (const name of ['position', 'normal', 'row']) roomGeometry.setAttribute(name, drawn.getAttribute(name));
    roomGeometry.setIndex(new BufferAttribute(rooms, 1));
    roomGeometry.boundingSphere = drawn.boundingSphere;
    roomGeometry.boundingBox = drawn.boundingBox;
    drawn.setIndex(new BufferAttribute(rest, 1));
    const roomMesh = new Mesh(roomGeometry, materials.room);
    roomMesh.userData['runs'] = new TriangleRuns(roomGeometry, row);
    adopt(mesh, roomMesh);
    adopt(mesh, new Mesh(roomGeometry, materials.ghost));
    mesh.material = plain;
  } else {
    mesh.material = isOfRooms ? materials.room : plain;
  }
  mesh.geometry = drawn;
  mesh.userData['runs'] = new TriangleRuns(drawn, row);
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

/** How many corners of triangles are of rooms; an element's triangles lie together, so a room is asked for seldom. */
function cornersOfRooms(geometry: BufferGeometry, rows: Uint32Array, lookup: RowLookup): number {
  let found = 0;
  eachTriangle(geometry, rows, lookup, (_first, isOfRoom) => {
    if (isOfRoom) found += 3;
  });
  return found;
}

function partTriangles(geometry: BufferGeometry, rows: Uint32Array, lookup: RowLookup, ofRooms: number): Parted {
  const index = geometry.getIndex();
  const count = index ? index.count : rows.length;
  const corners = (length: number): Corners => (rows.length <= 65_536 ? new Uint16Array(length) : new Uint32Array(length));
  const parted = { rooms: corners(ofRooms), rest: corners(count - ofRooms) };
  let [rooms, rest] = [0, 0];
  eachTriangle(geometry, rows, lookup, (first, isOfRoom) => {
    for (let i = first; i < first + 3; i += 1) {
      const vertex = index ? index.getX(i) : i;
      if (isOfRoom) parted.rooms[rooms++] = vertex;
      else parted.rest[rest++] = vertex;
    }
  });
  return parted;
}

/** Visit each triangle by its first corner; it is of the element that this corner is of. */
function eachTriangle(geometry: BufferGeometry, rows: Uint32Array, lookup: RowLookup, visit: (first: number, isOfRoom: boolean) => void): void {
  const index = geometry.getIndex();
  const count = index ? index.count : rows.length;
  let lastRow = -1;
  let isOfRoom = false;
  for (let i = 0; i + 2 < count; i += 3) {
    const row = rows[index ? index.getX(i) : i] ?? 0;
    if (row !== lastRow) {
      lastRow = row;
      isOfRoom = lookup.isRoom(row);
    }
    visit(i, isOfRoom);
  }
}

/** Release what {@link prepareTile} made; materials are shared and stay. */
export function releaseTile(scene: Object3D): void {
  scene.traverse((object) => {
    if (object instanceof Mesh) (object.geometry as BufferGeometry).dispose();
    if (object instanceof InstancedMesh) object.dispose();
  });
}
