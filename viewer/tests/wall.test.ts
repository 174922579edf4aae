import { describe, expect, it } from 'vitest';
import { formatValue, formulaParts, tally } from '@/core/indicators';
import { legendClasses, placeNames, scaleBar } from '@/core/sitesMap';
import { ageWords, isStale, nextStop, percent, sortAlarms, tourStops, wallLayout, wallNumber } from '@/core/wall';

describe('a display wall', () => {
  it('has a shape for every ratio, and letters that fill it', () => {
    expect(wallLayout(1920, 1080)).toEqual({ shape: 'landscape', unit_px: 10 });
    expect(wallLayout(3840, 1080)).toEqual({ shape: 'wide', unit_px: 10 });
    expect(wallLayout(7680, 2160)).toEqual({ shape: 'wide', unit_px: 20 });
    expect(wallLayout(1080, 1920).shape).toBe('tall');
    for (const [width, height] of [[1280, 800], [1024, 768], [5760, 1080], [2560, 1080], [800, 1280], [1, 1], [0, 0]] as const) {
      const { unit_px } = wallLayout(width, height);
      expect(unit_px * 108).toBeLessThanOrEqual(Math.max(width, height) + 1e-9);
    }
  });

  it('shows old data as old before twice its interval, and fresh data never', () => {
    for (const interval of [5, 30, 600]) {
      expect(isStale(interval * 1.4, interval)).toBe(false);
      expect(isStale(interval * 2 - 1, interval)).toBe(true);
    }
  });

  it('says ages in one unit', () => {
    expect([0, 89, 91, 5399, 7200, 200_000].map(ageWords).map(({ count, unit }) => `${count} ${unit}`)).toEqual(['0 s', '89 s', '2 min', '90 min', '2 h', '2 d']);
  });

  it('writes large figures in few characters that stay true', () => {
    expect(wallNumber(6900.08, 'zh')).toEqual({ text: '6,900', scale: '' });
    expect(wallNumber(1_462_000, 'zh')).toEqual({ text: '146.2', scale: '万' });
    expect(wallNumber(1_462_000, 'en')).toEqual({ text: '1.46', scale: 'M' });
    expect(wallNumber(0, 'zh').text).toBe('0');
    expect(wallNumber(null, 'zh').text).toBe('—');
    expect(percent(0, 4)).toBe(0);
    expect(percent(1, 0)).toBeNull();
    expect(percent(null, 4)).toBeNull();
  });

  it('sorts alarms by gravity, then the newest first', () => {
    const alarms = [{ severity: 'low', since: '3' }, { severity: 'critical', since: '1' }, { severity: 'critical', since: '2' }] as const;
    expect(sortAlarms(alarms).map((one) => one.since)).toEqual(['2', '1', '3']);
  });

  it('tours round and round, and goes to a new alarm at once', () => {
    const box = [0, 0, 0, 1, 1, 1] as const;
    const buildings = [{ code: 'A', name: '甲', box }, { code: 'B', name: '乙', box }, { code: 'C', name: '丙', box: null }];
    const calm = tourStops(box, buildings, []);
    expect(calm.map((stop) => stop.key)).toEqual(['whole', 'A', 'B']);
    let at: string | null = null;
    const walked = Array.from({ length: 5 }, () => (at = nextStop(calm, at, new Set())?.key ?? null));
    expect(walked).toEqual(['whole', 'A', 'B', 'whole', 'A']);
    const alarmed = tourStops(box, buildings, [{ id: 7, storey: 'F', box, title: '漏水' }, { id: 8, storey: null, box: null, title: '无处' }]);
    expect(nextStop(alarmed, 'A', new Set())?.key).toBe('alarm 7');
    expect(nextStop(alarmed, 'A', new Set(['alarm 7']))?.key).toBe('B');
    expect(nextStop(calm, 'alarm 7', new Set(['alarm 7']))?.key).toBe('whole');
    expect(nextStop([], null, new Set())).toBeNull();
  });
});

describe('the map of all sites', () => {
  it('has a legend with the colours that the server takes', () => {
    const colours = [[1], [2], [3], [4], [5], [6]];
    expect(legendClasses([], colours)).toEqual([{ colour: [4], from: null, to: null }]);
    expect(legendClasses([5, 9], colours).map((one) => [one.colour[0], one.from, one.to])).toEqual([[1, null, 5], [4, 5, 9], [6, 9, null]]);
  });

  it('draws a round bar that is as long as it says', () => {
    for (const zoom of [3, 8.3, 12, 17.9]) {
      const { length_m, px } = scaleBar(zoom, 28, 120);
      expect(px).toBeLessThanOrEqual(120);
      expect(px).toBeGreaterThan(40);
      expect(String(length_m)).toMatch(/^(0\.)?0*[125]0*$/);
    }
  });

  it('writes names of which none lies over another, the weightiest first', () => {
    const dots = Array.from({ length: 300 }, (_, i) => ({ code: `S${i}`, text: '某某街道办事处', value: i, x: (i * 37) % 800, y: (i * 53) % 500 }));
    const placed = placeNames(dots, { width: 800, height: 500 }, 14);
    expect(placed.length).toBeLessThanOrEqual(14);
    expect(placed.length).toBeGreaterThan(5);
    for (const a of placed) for (const b of placed) if (a.code < b.code) expect(Math.abs(a.y - b.y) >= 22 || Math.abs(a.x - b.x) >= 99).toBe(true);
    expect(placed.map((one) => Number(one.code.slice(1)))).toEqual([...placed.map((one) => Number(one.code.slice(1)))].sort((a, b) => b - a));
  });
});

describe('the index board', () => {
  it('reads a formula in parts, figures apart from signs', () => {
    expect(formulaParts('(people_judged - people_over) / area2 * 100').map((part) => part.figure ?? part.text)).toEqual(['(', 'people_judged', '-', 'people_over', ') /', 'area2', '* 100']);
  });

  it('counts verdicts and shows as many digits as the indicator has', () => {
    expect(tally(['met', null, 'missed', 'met'])).toEqual({ met: 2, near: 0, missed: 1, none: 1 });
    expect(formatValue(95.45, 1, 'zh')).toBe('95.5');
    expect(formatValue(null, 1, 'zh')).toBe('—');
  });
});
