"""What every case asks of a view: keys and mouse must change its picture and its words.

A case is a module in this folder, one a view. It gives ``CELLS``, the code cells that end in the
view, and ``drive(host)``, which uses the view as a reader would.
"""

from benchmarks.drag import drag


def seen(view):
    """Return what a reader sees of a view: its pixels and its words."""
    pixels = view.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")
    return pixels, view.locator("[data-role=summary]").inner_text()


def changes(view, act):
    """Do ``act``; the picture and the words must both be others afterwards."""
    pixels, words = seen(view)
    act()
    after = seen(view)
    assert after[0] != pixels, "the curves did not change"
    assert after[1] != words, "the words did not change"


def try_slider(host, view, label):
    """Move a slider by keyboard, and again by mouse; keys must move nothing else."""
    slider = view.get_by_role("slider", name=label, exact=True)
    slider.focus()
    changes(view, lambda: host.page.keyboard.press("End"))
    changes(view, lambda: host.page.keyboard.press("ArrowLeft"))
    changes(view, lambda: host.page.keyboard.press("Home"))
    assert slider.evaluate("e => document.activeElement === e"), "a key took the focus away"
    changes(view, lambda: drag(host.page, slider, (0.05, 0.5), (0.6, 0.5)))
    changes(view, lambda: host.page.keyboard.press("ArrowUp"))
