import { computed, onScopeDispose, reactive, ref, shallowRef, triggerRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { readFeatureValues } from '@/api/audit';
import { ApiError, listRooms, listSites, readItem, readPick } from '@/api/client';
import { askForCompound } from '@/api/compound';
import { noteSite } from '@/app/expecting';
import { textOf } from '@/app/sceneFault';
import { comesInSlices, readSlice } from '@/api/features';
import type { Found, Item, SceneDescription, Site, ThingFile, TreeNode } from '@/api/types';
import { breath } from '@/core/breath';
import { framed, union, type Box } from '@/core/boxes';
import { colourBy, finishPainting, isRoom, isValueMode, looksInside, paintRows, type Appearance, type ColourMode, type Colouring } from '@/core/colouring';
import { ElementState } from '@/core/elementState';
import { UNKNOWN_ROW, type FeatureTable } from '@/core/features';
import type { Measurement, Point } from '@/core/measure';
import { isNow, type Moment } from '@/core/moment';
import { SliceQueue } from '@/core/sliceQueue';
import { cutawayHeight } from '@/core/storeys';
import { boxOfTileset } from '@/core/tilesets';
import type { PoseOptions } from '@/scene/cameraRig';
import type { SurfacePoint } from '@/scene/stage';
import type { FloorArea } from '@/core/cameras';
import type { TubeSegment } from '@/core/tubes';
import { tintBy, type Breaks, type RoomValues } from '@/core/tinting';
import { PLAIN_VIEW, type CameraPose, type Section, type ViewState } from '@/core/viewUrl';

/** What the 3D view needs to know of the compound, and what it may be asked to do. */
export interface SceneCommands {
  fit(boxes: readonly Box[], options?: PoseOptions): void;
  redraw(): void;
  above(): void;
  /** Go to where a page wants the eye to be. */
  look(pose: CameraPose, isInstant?: boolean): void;
  orbit(right: number, up: number): void;
  pan(right: number, forward: number): void;
  zoom(factor: number): void;
  /** What is seen, as a PNG. */
  picture(): Promise<Blob>;
  /** Point at the middle of the view, as a press on it would. */
  aim(): void;
}

/** A short text at a place of the scene, or along a line of it. */
export interface SceneNote {
  at: Point;
  to?: Point;
  text: string;
  /** Height of its letters, 13 unless told. */
  size_px?: number;
  /** Something is wrong there. */
  isBad?: boolean;
  /** The text stands above its place, on a stem: what is there must not be covered. */
  isBeside?: boolean;
}

export interface Compound {
  sites: Ref<Site[]>;
  site: Ref<string | null>;
  /** When everything that is shown was so; all answers on the page are of this one moment. */
  moment: ShallowRef<Moment>;
  tree: ShallowRef<TreeNode | null>;
  scene: ShallowRef<SceneDescription | null>;
  /** Which tiles its scene has, see {@link CompoundModel}. */
  tileset: ShallowRef<string>;
  /** Of a large site its rooms at first: the rest comes into the same table. */
  features: ShallowRef<FeatureTable | null>;
  /** Rows that the table had when it was last told; for whoever asks it about other things than rooms. */
  grown: Ref<number>;
  /** Layers that anything is of. */
  layers: ComputedRef<readonly string[]>;
  /** Wait until the table knows these ordinals; null when it does. */
  known: (ordinals: Iterable<number>) => Promise<void> | null;
  state: ShallowRef<ElementState | null>;
  /** What colours the scene: the page's tint, else the mode that was chosen. */
  colouring: ComputedRef<Colouring | null>;
  /** A page's own colouring of the scene; null leaves it to `view.colour`. */
  tint: ShallowRef<Colouring | null>;
  /** Of the model: `idle` until a scene wants it. */
  status: Ref<'idle' | 'loading' | 'ready' | 'failed' | 'empty'>;
  /** A whole picture of the model was drawn; what stands beside it may follow. */
  isDrawn: Ref<boolean>;
  error: ShallowRef<ApiError | null>;
  view: ViewChoices;
  picked: ShallowRef<ThingFile | null>;
  pickedRow: Ref<number>;
  pickStatus: Ref<'none' | 'loading' | 'ready' | 'failed'>;
  pickError: ShallowRef<ApiError | null>;
  /** Rows that a page points at, beside what is picked. */
  marked: ShallowRef<ReadonlySet<number>>;
  /** Whether rooms of an opened storey are labelled; small letters say nothing from afar. */
  hasLabels: Ref<boolean>;
  /** What a page writes into the scene. */
  notes: ShallowRef<readonly SceneNote[]>;
  /** Set while a page waits for a surface to be pointed at: a press then tells it instead of picking. */
  pointing: ShallowRef<((hit: SurfacePoint) => void) | null>;
  /** Height (site-local) of the level plane that is pointed at instead of surfaces, as for places outdoors; null = surfaces. */
  pointingLevel: Ref<number | null>;
  /** Where pipes lie and how well that is known, drawn as tubes; none unless a page asks for them. */
  tubes: ShallowRef<readonly TubeSegment[]>;
  /** What is seen of floors and what is not, drawn on them; none unless a page asks for it. */
  areas: ShallowRef<readonly FloorArea[]>;
  /** The rule pack of colourings and of the audit; "" is the one in force on the day. */
  standard: Ref<string>;
  /** Why the chosen colouring has no values yet. */
  tintError: ShallowRef<ApiError | null>;
  rooms: ShallowRef<Item[]>;
  bounds: ComputedRef<Box>;
  isolatedStorey: ComputedRef<string | null>;
  /** What cuts the model: the section that was asked for, else the cutaway of an isolated storey. */
  cut: ComputedRef<Section | null>;
  isSeenThrough: ComputedRef<boolean>;
  commands: ShallowRef<SceneCommands | null>;
  /** Where the eye is; null before a scene was drawn, or to see a site from its first side. */
  camera: ShallowRef<CameraPose | null>;
  /** Pixels at the left, top and foot of the scene that a page's panels cover. */
  insets: Ref<{ left: number; top: number; bottom: number }>;
  /** What one sees first, each building for itself: the rooms where the question is about rooms, else everything. */
  home: ComputedRef<readonly Box[]>;
  isMeasuring: Ref<boolean>;
  measurement: ShallowRef<Measurement | null>;
  /** Learn the sites and choose one, without its model. */
  locate(site: string | null): Promise<void>;
  open(site: string | null): Promise<void>;
  /** Change to another site, seen from its first side. */
  choose(site: string): Promise<void>;
  travel(to: Moment): Promise<void>;
  pickRow(row: number): Promise<void>;
  pickCode(code: string): Promise<void>;
  pickFound(found: Found): Promise<void>;
  clearPick(): void;
  /** Point at rooms: their storeys alone are shown, they stand out, and the eye goes there. */
  showRooms(codes: readonly string[]): void;
  /** Leave the innermost thing that one is in: measuring, the pick, the isolation. */
  escape(): void;
  isolate(codes: readonly string[]): void;
  hidePicked(): void;
  showAll(): void;
  flyToPicked(): void;
  fitAll(): void;
}

interface ViewChoices {
  colour: ColourMode;
  breaks: Breaks;
  isolated: string[];
  outside: 'hidden' | 'ghost';
  peeled: string[];
  muted: string[];
  xray: boolean;
  fullWalls: boolean;
  section: Section | null;
  hiddenRows: number[];
}

const GROWN_MS = 5000;
/** Rows that are painted before the page gets its turn: some 20 ms. */
const ROWS_A_TASK = 400_000;
const SOMEWHERE: Box = [-10, -10, 0, 10, 10, 10];

/** Everything that the views of a compound share. */
export function useCompound(initial: ViewState): Compound {
  const sites = ref<Site[]>([]);
  const site = ref<string | null>(initial.site);
  const moment = shallowRef<Moment>(initial.moment);
  const tree = shallowRef<TreeNode | null>(null);
  const scene = shallowRef<SceneDescription | null>(null);
  const tileset = shallowRef('');
  const features = shallowRef<FeatureTable | null>(null);
  const state = shallowRef<ElementState | null>(null);
  const chosen = shallowRef<Colouring | null>(null);
  const tint = shallowRef<Colouring | null>(null);
  const colouring = computed(() => tint.value ?? chosen.value);
  const status = ref<'idle' | 'loading' | 'ready' | 'failed' | 'empty'>('idle');
  const isDrawn = ref(false);
  const error = shallowRef<ApiError | null>(null);
  const picked = shallowRef<ThingFile | null>(null);
  const pickedRow = ref(UNKNOWN_ROW);
  const pickStatus = ref<'none' | 'loading' | 'ready' | 'failed'>('none');
  const pickError = shallowRef<ApiError | null>(null);
  const rooms = shallowRef<Item[]>([]);
  const marked = shallowRef<ReadonlySet<number>>(new Set());
  const notes = shallowRef<readonly SceneNote[]>([]);
  const hasLabels = ref(true);
  const pointing = shallowRef<((hit: SurfacePoint) => void) | null>(null);
  const pointingLevel = ref<number | null>(null);
  const tubes = shallowRef<readonly TubeSegment[]>([]);
  const areas = shallowRef<readonly FloorArea[]>([]);
  const standard = ref('');
  const tintError = shallowRef<ApiError | null>(null);
  const commands = shallowRef<SceneCommands | null>(null);
  const camera = shallowRef<CameraPose | null>(initial.camera);
  const insets = ref({ left: 0, top: 0, bottom: 0 });
  const isMeasuring = ref(false);
  const measurement = shallowRef<Measurement | null>(null);
  const view = reactive<ViewChoices>({
    colour: initial.colour,
    breaks: initial.breaks,
    isolated: [...initial.isolated],
    outside: 'hidden',
    peeled: [...initial.peeled],
    muted: [],
    xray: initial.xray,
    fullWalls: initial.fullWalls,
    section: initial.section,
    hiddenRows: [],
  });

  const bounds = computed<Box>(() => {
    const table = features.value;
    if (!table) return SOMEWHERE;
    // The rooms of a large site do not tell how far its pipes reach; its tiles do.
    return (rest.value && boxOfTileset(tileset.value)) ?? table.boxAround(() => true) ?? SOMEWHERE;
  });

  /** The grounds with their pipes reach far beyond the buildings: they are asked for by colouring systems. */
  const home = computed<readonly Box[]>(() => {
    const table = features.value;
    const isOfPipes = view.colour === 'system';
    if (!table || (isOfPipes && rest.value)) return [bounds.value];
    const buildings = [...table.boxesOfBuildings().values()];
    const grounds = isOfPipes ? table.boxAround((row) => !table.value('building', row)) : null;
    if (grounds) buildings.push(grounds);
    return buildings.length ? buildings : [bounds.value];
  });

  const isolatedStorey = computed(() => {
    const [code] = view.isolated;
    return view.isolated.length === 1 && code && features.value?.dictionaries.storey.includes(code) ? code : null;
  });

  /** A colouring of rooms or pipes sees through the walls by itself while all of a building is shown; X inverts. */
  const isSeenThrough = computed(() => view.xray !== ((tint.value !== null || looksInside(view.colour)) && !view.isolated.length && !view.section));

  const cut = computed<Section | null>(() => {
    if (view.section) return view.section;
    if (view.fullWalls || !isolatedStorey.value) return null;
    const storeys = scene.value?.buildings.flatMap((building) => building.storeys) ?? [];
    const height_m = cutawayHeight(storeys, isolatedStorey.value);
    return height_m === null ? null : { kind: 'level', height_m };
  });

  /** Rows from here on are to be painted; none when it is Infinity. */
  let unpainted = Infinity;
  let painting = 0;

  /** Paint the rows from one on, and all that were left; a large site's a few at a time, shown when all are done. */
  async function repaint(from = 0): Promise<void> {
    const isUnderway = unpainted < Infinity;
    unpainted = Math.min(unpainted, from);
    if (isUnderway && from > 0) return; // they are come to
    painting += 1;
    const mine = painting;
    const table = features.value;
    const texels = state.value;
    const by = colouring.value;
    if (!table || !texels || !by) return;
    const look: Appearance = {
      isolated: new Set(view.isolated),
      outside: view.outside,
      peeled: new Set(view.peeled),
      muted: new Set(view.muted),
      xray: isSeenThrough.value,
      // The tiles are of now: what the table of another moment does not know did not stand then.
      hiddenRows: new Set(isNow(moment.value) ? view.hiddenRows : [UNKNOWN_ROW, ...view.hiddenRows]),
      selectedRows: new Set([...marked.value, ...(pickedRow.value === UNKNOWN_ROW ? [] : [pickedRow.value])]),
    };
    for (let at = unpainted; at < table.rows;) {
      const to = Math.min(table.rows, at + ROWS_A_TASK);
      paintRows(texels, table, colouring.value ?? by, look, at, to);
      at = to;
      if (at === table.rows) break;
      await breath();
      if (mine !== painting || features.value !== table) return;
    }
    unpainted = Infinity;
    finishPainting(texels, look);
    commands.value?.redraw();
  }

  const values = shallowRef<RoomValues | null>(null);

  /** Colour by what the table tells, or by values once they are here; until then as things are. */
  function recolour(): void {
    const table = features.value;
    if (!table) return;
    const mode = view.colour;
    if (!isValueMode(mode)) chosen.value = colourBy(mode, table);
    else chosen.value = values.value?.by === mode ? tintBy(mode, table, values.value, view.breaks) : colourBy('layer', table);
  }

  watch(() => view.colour, () => {
    if (view.muted.length) view.muted = [];
  });
  watch([() => view.colour, () => view.breaks, values], recolour);
  watch([() => view.colour, features, standard], async ([mode, table, pack]) => {
    values.value = null;
    tintError.value = null;
    const inSite = site.value;
    if (!table || !inSite || !isValueMode(mode)) return;
    try {
      const found = await readFeatureValues(inSite, mode, pack, moment.value);
      if (features.value === table && view.colour === mode && standard.value === pack) values.value = found;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      tintError.value = failure;
    }
  });
  // Once for all that a choice changes: a hundred thousand elements take milliseconds each time.
  watch([view, pickedRow, marked, () => colouring.value?.entryOfRow], () => void repaint());

  /** What is not here yet of a large site. */
  const rest = shallowRef<SliceQueue | null>(null);
  onScopeDispose(() => rest.value?.stop());

  function known(ordinals: Iterable<number>, isWanted = false): Promise<void> | null {
    return rest.value?.ready(ordinals, isWanted) ?? null;
  }

  const grown = ref(0);
  const layers = computed(() => (grown.value >= 0 ? [...(features.value?.dictionaries.layer ?? [])] : []));
  let grownAt = 0;

  /** Legends count anew, and pages look again for what they had no row of: seldom, since either takes long. */
  function tellGrown(table: FeatureTable): void {
    grownAt = performance.now();
    grown.value = table.rows;
    if (chosen.value?.grow) triggerRef(chosen);
    if (picked.value?.code && pickedRow.value === UNKNOWN_ROW) pickedRow.value = table.rowOfCode(picked.value.code);
  }

  function bringRest(table: FeatureTable, described: SceneDescription, when: Moment): SliceQueue {
    const isMine = (): boolean => features.value === table;
    return new SliceQueue(described.slices, async (number) => {
      const part = await readSlice(described, number, when);
      if (!isMine()) return;
      const first = table.append(part);
      chosen.value?.grow?.();
      void repaint(first);
      if (performance.now() - grownAt > GROWN_MS) tellGrown(table);
    }, () => {
      if (isMine()) tellGrown(table);
    });
  }

  watch([isolatedStorey, site, moment], async ([storey, inSite, when]) => {
    rooms.value = [];
    if (!storey || !inSite) return;
    try {
      const found = await listRooms(inSite, storey, when);
      if (isolatedStorey.value === storey && moment.value === when) rooms.value = found;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure; // names of rooms are an extra: the model shows without
    }
  });

  let turn = 0;

  async function locate(wanted: string | null): Promise<void> {
    turn += 1;
    const mine = turn;
    try {
      const known = await listSites(moment.value);
      if (mine !== turn) return;
      sites.value = known;
      site.value = (known.find((one) => one.code === wanted) ?? known[0])?.code ?? wanted;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure; // the page's own questions tell what is wrong
    }
  }

  async function open(wanted: string | null): Promise<void> {
    turn += 1;
    const mine = turn;
    const when = moment.value;
    status.value = 'loading';
    isDrawn.value = false;
    error.value = null;
    features.value = null;
    rest.value?.stop();
    rest.value = null;
    clearPick();
    try {
      const answers = askForCompound(wanted, when);
      const [known, found] = await Promise.all([answers.sites, answers.site]);
      if (mine !== turn) return; // another site or moment was asked for meanwhile
      sites.value = known;
      noteSite(known[0]?.code);
      site.value = found?.code ?? wanted; // a site that was not known yet is there again on the way back
      const model = await answers.model;
      if (mine !== turn) return;
      if (!model) {
        tree.value = null;
        scene.value = null;
        status.value = 'empty';
        return;
      }
      if (model.features.rows > ROWS_A_TASK) await breath(); // its table was made just now
      if (mine !== turn) return;
      tree.value = model.tree;
      scene.value = model.scene;
      tileset.value = model.tileset;
      const table = model.features;
      state.value = new ElementState(table.capacity);
      features.value = table;
      if (comesInSlices(model.scene)) rest.value = bringRest(table, model.scene, when);
      tint.value = null; // of the table that was
      marked.value = new Set();
      notes.value = [];
      recolour(); // and, as what watches it, one painting of all elements
      status.value = table.rows > 1 || rest.value ? 'ready' : 'empty'; // a large site may have no rooms
    } catch (failure) {
      if (mine !== turn) return;
      error.value = failure instanceof ApiError ? failure : new ApiError({ status: -1, code: 'fault', message: textOf(failure), remedy: '' });
      status.value = 'failed';
      if (!(failure instanceof ApiError)) throw failure; // told there; a fault of ours goes on
    }
  }

  async function choose(wanted: string): Promise<void> {
    camera.value = null;
    await (status.value === 'idle' ? locate(wanted) : open(wanted));
  }

  /** Go to another moment with everything, and keep what was picked if it was known then. */
  async function travel(to: Moment): Promise<void> {
    const code = picked.value?.code;
    moment.value = to;
    if (status.value === 'idle') {
      await locate(site.value);
      return;
    }
    await open(site.value);
    if (code && moment.value === to) await pickCode(code);
  }

  let reading = 0;

  async function read(question: () => Promise<ThingFile>): Promise<void> {
    pickStatus.value = 'loading';
    pickError.value = null;
    reading += 1;
    const mine = reading;
    try {
      const answer = await question();
      if (mine !== reading) return; // something else was picked meanwhile
      picked.value = answer;
      pickStatus.value = 'ready';
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (mine !== reading) return;
      picked.value = null;
      pickError.value = failure;
      pickStatus.value = 'failed';
    }
  }

  async function pickRow(row: number): Promise<void> {
    const table = features.value;
    if (!table || row === UNKNOWN_ROW) {
      clearPick();
      return;
    }
    pickedRow.value = row;
    const code = table.codeOfRow(row);
    const ordinal = table.ordinalOfRow(row);
    if (code) await read(() => readItem(code, moment.value));
    else if (ordinal !== null && site.value) {
      const inSite = site.value;
      await read(() => readPick(inSite, ordinal, moment.value));
    }
  }

  /** Show a thing's file even where it has no body, as a retired room from an old label. */
  async function pickCode(code: string): Promise<void> {
    pickedRow.value = features.value?.rowOfCode(code) ?? UNKNOWN_ROW;
    await read(() => readItem(code, moment.value));
  }

  async function pickFound(found: Found): Promise<void> {
    const { code, ordinal } = found;
    const rowOf = (): number => features.value?.rowOfCode(code ?? '') || features.value?.rowOfOrdinal(ordinal ?? 0) || UNKNOWN_ROW;
    // Rooms are here before the slice that their ordinal is in.
    const coming = ordinal === null || rowOf() ? null : known([ordinal], true);
    if (coming) await coming.catch(() => undefined); // without its row, its file alone
    const table = features.value;
    const row = rowOf();
    if (code && (found.kind === 'storey' || found.kind === 'building')) {
      isolate([code]);
      await pickCode(code);
      return;
    }
    // A room is seen only once its storey is opened.
    if (table && row && isRoom(table, row)) {
      const storey = table.value('storey', row);
      if (storey && !view.isolated.includes(storey)) view.isolated = [storey];
    } else if (table && row && view.isolated.length) {
      const places = [table.value('storey', row), table.value('building', row)];
      if (!places.some((place) => place && view.isolated.includes(place))) view.isolated = [];
    }
    if (code) {
      pickedRow.value = row;
      flyToPicked();
      await read(() => readItem(code, moment.value));
    } else {
      const answer = pickRow(row);
      flyToPicked();
      await answer;
    }
  }

  function clearPick(): void {
    reading += 1; // an answer that is under way is no longer wanted
    pickedRow.value = UNKNOWN_ROW;
    picked.value = null;
    pickStatus.value = 'none';
  }

  function showRooms(codes: readonly string[]): void {
    const table = features.value;
    if (!table) return;
    const rows = codes.map((code) => table.rowOfCode(code)).filter((row) => row !== UNKNOWN_ROW);
    marked.value = new Set(rows);
    if (rows.length === 0) return;
    const storeys = [...new Set(rows.map((row) => table.value('storey', row)).filter((code) => code !== null))];
    if (storeys.join() !== view.isolated.join()) view.isolated = storeys;
    const box = union(rows.map((row) => table.box(row)).filter((one) => one !== null));
    if (!box) return;
    const around = table.boxOf(new Set(storeys));
    commands.value?.fit([framed(box, around, rows.length === 1 ? 2.2 : 1.5)], { margin: 1.2, isSteep: true });
  }

  function escape(): void {
    if (pointing.value) pointing.value = null;
    else if (isMeasuring.value) isMeasuring.value = false;
    else if (pickStatus.value !== 'none') clearPick();
    else if (marked.value.size) marked.value = new Set();
    else if (view.isolated.length) isolate([]);
  }

  function isolate(codes: readonly string[]): void {
    view.isolated = [...codes];
    const table = features.value;
    if (!table) return;
    const box = codes.length ? table.boxOf(new Set(codes)) : null;
    if (box) commands.value?.fit([box], { isSteep: true });
    else if (codes.length === 0) fitAll();
  }

  function hidePicked(): void {
    if (pickedRow.value === UNKNOWN_ROW) return;
    view.hiddenRows = [...view.hiddenRows, pickedRow.value];
    clearPick();
  }

  function showAll(): void {
    Object.assign(view, { isolated: [], peeled: [], muted: [], hiddenRows: [], xray: PLAIN_VIEW.xray, fullWalls: PLAIN_VIEW.fullWalls, section: null });
    fitAll();
  }

  function flyToPicked(): void {
    const table = features.value;
    const box = table?.box(pickedRow.value);
    if (!table || !box) return;
    const isInRoom = isRoom(table, pickedRow.value);
    // A pipe under the ceiling must not fall to the cutaway.
    if (!isInRoom && cut.value?.kind === 'level' && box[2] > cut.value.height_m) Object.assign(view, { section: null, fullWalls: true });
    commands.value?.fit([box], { margin: 2.2, isSteep: isInRoom });
  }

  function fitAll(): void {
    commands.value?.fit(home.value, { fromFirst: true });
  }

  return {
    sites, site, moment, tree, scene, tileset, features, known, state, colouring, tint, status, isDrawn, error, view, picked, pickedRow, pickStatus, pickError, rooms,
    grown, layers, bounds, isolatedStorey, cut, isSeenThrough, commands, camera, insets, home, isMeasuring, measurement, marked, notes, hasLabels, pointing, pointingLevel, tubes, areas, standard, tintError, locate, open, choose, travel, pickRow, pickCode, pickFound, clearPick, showRooms, escape, isolate, hidePicked, showAll, flyToPicked, fitAll,
  };
}
