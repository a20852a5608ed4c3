/** Tabs as a keyboard and a screen reader know them: one is in the order of Tab, arrows go to the others. */
export function setUpTabs(onOpen) {
  const tabs = [...document.querySelectorAll('[role="tab"]')]
  const open = (tab) => {
    for (const each of tabs) {
      each.ariaSelected = String(each === tab)
      each.tabIndex = each === tab ? 0 : -1
      document.getElementById(each.getAttribute('aria-controls')).hidden = each !== tab
    }
    onOpen(tab)
  }
  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener('click', () => open(tab))
    tab.addEventListener('keydown', ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
      if (!step) return
      const next = tabs.at((at + step) % tabs.length)
      next.focus()
      open(next)
    })
  }
}
