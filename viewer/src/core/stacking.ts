/** A building as a stack of storeys, each a bar of the units on it. */

export interface StackedRoom {
  room: string;
  storey: string;
  area_m2: number;
  /** "" for nobody. */
  unit: string;
  people: readonly string[];
}

export interface Block {
  unit: string;
  area_m2: number;
  rooms: string[];
  people: string[];
}

export interface StackedStorey {
  storey: string;
  area_m2: number;
  blocks: Block[];
}

/** Blocks by storey, the largest unit first and what nobody holds last. */
export function stack(rooms: readonly StackedRoom[], storeys: readonly string[]): StackedStorey[] {
  return storeys.map((storey) => {
    const blocks = new Map<string, Block>();
    for (const room of rooms) {
      if (room.storey !== storey) continue;
      const block = blocks.get(room.unit) ?? { unit: room.unit, area_m2: 0, rooms: [], people: [] };
      block.area_m2 += room.area_m2;
      block.rooms.push(room.room);
      block.people.push(...room.people);
      blocks.set(room.unit, block);
    }
    const sorted = [...blocks.values()].sort((a, b) => Number(a.unit === '') - Number(b.unit === '') || b.area_m2 - a.area_m2 || a.unit.localeCompare(b.unit));
    return { storey, area_m2: sorted.reduce((sum, block) => sum + block.area_m2, 0), blocks: sorted };
  });
}

/**
 * Seat people in rooms with free places, rooms with the most places first so that a team stays together.
 * Null when there are not enough places: nobody is moved halfway.
 */
export function seat(people: readonly string[], rooms: readonly { room: string; free: number }[]): { person: string; room: string }[] | null {
  const left = [...rooms].sort((a, b) => b.free - a.free || a.room.localeCompare(b.room)).map((room) => ({ ...room }));
  const seats: { person: string; room: string }[] = [];
  for (const person of people) {
    const room = left.find((one) => one.free > 0);
    if (!room) return null;
    room.free -= 1;
    seats.push({ person, room: room.room });
  }
  return seats;
}
