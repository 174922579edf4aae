/** How things and orders are called where there is little room. */
import { i18n } from '@/app/language';
import type { Order, PackItem } from '@/pages/field/types';

export function nameOf(item: Pick<PackItem, 'door' | 'name' | 'code'>): string {
  return [item.door, item.name].filter(Boolean).join(' ') || item.code;
}

export function orderTitle(order: Pick<Order, 'number' | 'fault' | 'door' | 'name' | 'code'>): string {
  return `${String(order.number)} · ${i18n.global.t(`field.fault.${order.fault}`)} · ${nameOf(order)}`;
}

/** A time as one says it on the day, short. */
export function shortTime(time: string): string {
  return new Date(time).toLocaleString(i18n.global.locale.value === 'en' ? 'en-GB' : 'zh-CN', { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}
