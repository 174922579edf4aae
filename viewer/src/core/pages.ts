/** Which pages there are, and who is led to them. The server decides what they may read. */

export const ROLES = ['planner', 'maintainer', 'auditor', 'leader', 'administrator', 'security'] as const;
export type Role = (typeof ROLES)[number];

/** The parts of the top navigation, in their order. */
export const SECTIONS = ['overview', 'space', 'audit', 'maintenance', 'monitoring', 'administration'] as const;
export type Section = (typeof SECTIONS)[number];

export interface PageDefinition {
  /** One path segment, which names the page in the address and in `nav.*` of the locales; "" is the model. */
  path: string;
  section: Section;
  /** Place among the pages of its section; the first that a reader may see opens with the section. */
  order: number;
  /** Roles that are led to it; empty for everybody who is signed in. */
  roles: readonly Role[];
  /** Shows the 3D scene at once: its code is loaded beside the page's own. */
  hasScene?: boolean;
  /** Without bars around it, as a display wall. */
  isBare?: boolean;
  /** Opens without a network too, on what it kept before. */
  worksOffline?: boolean;
  /** For people without an account, as a label's fault report. */
  isPublic?: boolean;
  /** Not in the navigation: one comes from somewhere. */
  isUnlisted?: boolean;
}

export function maySee(page: PageDefinition, roles: readonly string[]): boolean {
  return page.roles.length === 0 || page.roles.some((role) => roles.includes(role));
}

export interface NavigationPart<P extends PageDefinition> {
  section: Section;
  pages: P[];
}

/** What the navigation offers a reader: sections in their order, none without a page. */
export function navigation<P extends PageDefinition>(pages: readonly P[], roles: readonly string[]): NavigationPart<P>[] {
  return SECTIONS.map((section) => ({
    section,
    pages: pages
      .filter((page) => page.section === section && !page.isUnlisted && !page.isPublic && maySee(page, roles))
      .sort((a, b) => a.order - b.order || a.path.localeCompare(b.path)),
  })).filter((part) => part.pages.length > 0);
}
