/** How things and orders are called where there is little room. */
import { currentLanguage, i18n } from '@/app/language';
import { formatBrief } from '@/core/units';
import type { Order, PackItem } from '@/pages/field/types';

export function nameOf(item: Pick<PackItem, 'door' | 'name' | 'code'>): string {
  return [item.door, item.name].filter(Boolean).join(' ') || item.code;
}

export function orderTitle(order: Pick<Order, 'number' | 'fault' | 'door' | 'name' | 'code'>): string {
  return `${String(order.number)} · ${i18n.global.t(`field.fault.${order.fault}`)} · ${nameOf(order)}`;
}

/** A time as one says it on the day, short: the clock of the place, wherever the reader is. */
export function shortTime(time: string): string {
  return formatBrief(time, currentLanguage());
}
