import { get } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Moment } from '@/core/moment';

type Schemas = components['schemas'];

export type Wall = Schemas['Wall'];
export type WallFigure = Schemas['WallFigure'];
export type WallAlarm = Schemas['WallAlarm'];
export type FigureRooms = Schemas['FigureRooms'];
export type FigureRoom = Schemas['FigureRoom'];
export type Board = Schemas['Board'];
export type BoardIndicator = Schemas['BoardIndicator'];
export type SitesMap = Schemas['SitesMap'];
export type SiteOnMap = Schemas['SiteOnMap'];

export const readWall = (site: string, signal: AbortSignal): Promise<Wall> => get('api/wall', { site }, signal);

export const listFigureRooms = (figure: string, site: string, moment: Moment, signal?: AbortSignal): Promise<FigureRooms> =>
  get(`api/figures/${encodeURIComponent(figure)}/rooms`, { site, ...moment }, signal);

export const readIndicators = (site: string, pack: string, moment: Moment, signal?: AbortSignal): Promise<Board> => get('api/indicators', { site, pack: pack || null, ...moment }, signal);

export const readSitesMap = (by: string, moment: Moment, signal?: AbortSignal): Promise<SitesMap> => get('api/map/sites', { by, ...moment }, signal);
