/** Who reads, and the compound that all pages look at; given by the frame. */
import { inject, provide, type InjectionKey, type ShallowRef } from 'vue';
import type { User } from '@/api/types';
import type { Compound } from '@/app/useCompound';
import type { Role } from '@/core/pages';

const READER: InjectionKey<Readonly<ShallowRef<User | null>>> = Symbol('reader');
const COMPOUND: InjectionKey<Compound> = Symbol('compound');

export function provideReader(reader: Readonly<ShallowRef<User | null>>): void {
  provide(READER, reader);
}

export function provideCompound(compound: Compound): void {
  provide(COMPOUND, compound);
}

export function useReader(): Readonly<ShallowRef<User | null>> {
  const reader = inject(READER);
  if (!reader) throw new Error('no reader: the page is outside of the frame');
  return reader;
}

export function hasRole(reader: User | null, ...roles: Role[]): boolean {
  return reader !== null && roles.some((role) => reader.roles.includes(role));
}

/** The compound that is looked at: its site and moment at once, its model from the first scene on. */
export function useSharedCompound(): Compound {
  const compound = inject(COMPOUND);
  if (!compound) throw new Error('no compound: the page is outside of the frame');
  return compound;
}
