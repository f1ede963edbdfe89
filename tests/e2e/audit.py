"""What every page must have for those who cannot see it or cannot use a mouse; a few of axe's rules, without axe."""

from typing import Final

from playwright.sync_api import Page

RULES: Final = """() => {
  const faults = [];
  const shown = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const named = (e) => (e.getAttribute('aria-label') || e.textContent || e.title || e.placeholder || '').trim() !== ''
    || [...(e.labels ?? [])].some((label) => label.textContent.trim() !== '');
  const tell = (e) => e.outerHTML.slice(0, 120);
  if (!document.documentElement.lang) faults.push('html has no lang');
  if (!document.title) faults.push('no title');
  if (document.querySelectorAll('main').length !== 1) faults.push('not exactly one main');
  for (const e of document.querySelectorAll('button, a[href], input, select, canvas[aria-label], img, [role=img]')) {
    if (shown(e) && !named(e) && !e.alt) faults.push('no name: ' + tell(e));
  }
  for (const e of document.querySelectorAll('[tabindex]')) {
    if (e.tabIndex > 0) faults.push('tabindex above 0: ' + tell(e));
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids.filter((each, i) => ids.indexOf(each) !== i)) faults.push('id twice: ' + id);
  for (const name of ['aria-describedby', 'aria-labelledby', 'aria-controls']) {
    for (const e of document.querySelectorAll(`[${name}]`)) {
      for (const id of e.getAttribute(name).split(' ')) {
        if (!document.getElementById(id)) faults.push('refers to nothing: ' + tell(e));
      }
    }
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) faults.push('wider than the window');
  return faults;
}"""


def audit(page: Page) -> None:
    """Fail where the page as it is now breaks a rule."""
    assert page.evaluate(RULES) == []
