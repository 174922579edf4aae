// What a walk by keyboard sees of a page: put into it by keyboard.py, answers on `window.fangmaWalk`.
(() => {
  const PRESSABLE = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]';

  function isReachable(e) {
    const box = e.getBoundingClientRect();
    if (e.matches(':disabled') || e.tabIndex < 0 || box.width === 0 || box.height === 0 || e.closest('[inert]')) return false;
    if (!e.checkVisibility({ visibilityProperty: true })) return false;
    // Of radio buttons the browser comes to the chosen one; arrows lead to the others.
    if (e.type !== 'radio' || e.checked || !e.name) return true;
    const group = [...document.querySelectorAll('input[type=radio]')].filter((o) => o.name === e.name);
    return !group.some((o) => o.checked) && group[0] === e;
  }
  const controls = () => [...document.querySelectorAll(PRESSABLE)].filter(isReachable);

  function told(e) {
    const words = e.getAttribute('aria-label') || e.textContent || e.title || e.placeholder || e.value || '';
    const name = String(e.className.baseVal ?? e.className).trim().split(/\s+/).join('.');
    return `${e.tagName.toLowerCase()}.${name} "${words.trim().replace(/\s+/g, ' ').slice(0, 40)}"`;
  }

  // The focus shows on the control, on what lies in it or beside it, or on the frame around it.
  function look(e) {
    const near = [e, ...e.children, ...(e.parentElement?.children ?? []), e.parentElement, e.parentElement?.parentElement];
    return near.filter(Boolean).slice(0, 40)
      .flatMap((o) => [getComputedStyle(o), getComputedStyle(o, '::after')])
      .map((s) => [s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.backgroundColor, s.stroke, s.strokeWidth, s.left].join())
      .join('|');
  }

  function looksPressable(e) {
    return getComputedStyle(e).cursor === 'pointer' && getComputedStyle(e.parentElement).cursor !== 'pointer' &&
      e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getBoundingClientRect().width > 0;
  }
  const isForMiceAlone = (e) =>
    looksPressable(e) && !e.closest(`${PRESSABLE}, label, [aria-hidden=true], canvas`) && !e.querySelector(PRESSABLE);

  document.getElementById('fangma-walk')?.remove();
  document.head.insertAdjacentHTML(
    'beforeend', '<style id="fangma-walk">*, *::before, *::after { transition: none !important; scroll-behavior: auto !important }</style>');
  const before = new Map(controls().map((e) => [e, look(e)]));
  const reached = new Set();
  const unseen = [];
  const offScreen = [];

  function note({ target: e }) {
    reached.add(e);
    const style = getComputedStyle(e);
    const hasRing = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    if (!hasRing && before.get(e) === look(e)) unseen.push(told(e));
    // The browser brings what has the focus into view after telling of it: here it has done so before it is judged.
    e.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const box = e.getBoundingClientRect();
    if (box.right < 1 || box.bottom < 1 || box.left > innerWidth - 1 || box.top > innerHeight - 1) offScreen.push(told(e));
  }
  addEventListener('focusin', note, true);

  window.fangmaWalk = {
    count: () => controls().length,
    end() {
      removeEventListener('focusin', note, true);
      document.getElementById('fangma-walk').remove();
      return {
        missed: controls().filter((e) => !reached.has(e)).map(told),
        unseen,
        off_screen: offScreen,
        mouse_only: [...document.querySelectorAll('#page *')].filter(isForMiceAlone).map(told),
      };
    },
  };
})();
