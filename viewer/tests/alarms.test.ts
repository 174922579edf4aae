import { expect, it } from 'vitest';
import { countBySeverity, faultOf, inOrder, titleOfAlarm } from '@/core/alarms';

const alarm = (id: number, severity: 'critical' | 'high' | 'medium' | 'low', state: string, since: string): Parameters<typeof inOrder>[0][number] => ({ id, severity, state, since, flood: false });

it('puts what nobody acknowledged before what somebody did, then the gravest, then the newest', () => {
  const rows = [alarm(1, 'critical', 'acknowledged', '2026-11-22T01:00:00Z'), alarm(2, 'low', 'active', '2026-11-22T02:00:00Z'), alarm(3, 'high', 'active', '2026-11-22T01:00:00Z'), alarm(4, 'high', 'active', '2026-11-22T02:00:00Z')];
  expect(inOrder(rows).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  expect(countBySeverity(rows)).toEqual({ critical: 1, high: 2, medium: 0, low: 1 });
});

it('names the place and the fault, without the reading', () => {
  expect(titleOfAlarm('办公主楼 0110 湿度: 湿度过高 (66 %)')).toBe('办公主楼 0110 湿度: 湿度过高');
  expect(titleOfAlarm('办公主楼 0218 漏水: 漏水报警')).toBe('办公主楼 0218 漏水: 漏水报警');
  expect(titleOfAlarm('only words')).toBe('only words');
  expect(titleOfAlarm('办公主楼 0110 湿度: 湿度过高 (66 %)', ['办公主楼'])).toBe('0110 湿度: 湿度过高');
  expect(titleOfAlarm('检查井 W-3 水位: 井内水位高', ['', null, '办公主楼'])).toBe('检查井 W-3 水位: 井内水位高');
});

it('begins a work order with the fault that the rule is about', () => {
  expect([faultOf('leak'), faultOf('manhole-flooding'), faultOf('fire'), faultOf('cover-open'), faultOf('archive-too-damp'), faultOf('silent'), faultOf('panic')]).toEqual(
    ['leak', 'leak', 'fire_safety', 'door_window', 'climate', 'network', 'other']);
});
