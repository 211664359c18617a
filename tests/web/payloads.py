"""Fifty texts that would run a script, break out of an attribute or out of a template if they stood raw on a page."""

from __future__ import annotations

MARK = "xssmark"
"""What each script would do: set `window.xssmark`; no page may ever have it."""

_RUN = f"window.{MARK}=1"

PAYLOADS: tuple[str, ...] = (
    f"<script>{_RUN}</script>",
    f"<ScRiPt>{_RUN}</sCrIpT>",
    f"<img src=x onerror={_RUN}>",
    f"<img src=x onerror='{_RUN}'>",
    f'"><img src=x onerror={_RUN}>',
    f"'><img src=x onerror={_RUN}>",
    f'" onmouseover="{_RUN}',
    f"' onmouseover='{_RUN}",
    f"` onmouseover=`{_RUN}",
    f'" autofocus onfocus="{_RUN}" x="',
    f"<svg onload={_RUN}>",
    f"<svg/onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<body onload={_RUN}>",
    f"<iframe src=javascript:{_RUN}>",
    f'<iframe srcdoc="<script>parent.{MARK}=1</script>">',
    f"<a href=javascript:{_RUN}>go</a>",
    f"javascript:{_RUN}",
    f"<object data=javascript:{_RUN}>",
    f"<embed src=javascript:{_RUN}>",
    f"<form action=javascript:{_RUN}><button>go</button></form>",
    f"<input onfocus={_RUN} autofocus>",
    f"<select onfocus={_RUN} autofocus>",
    f"<textarea onfocus={_RUN} autofocus>",
    f"<keygen onfocus={_RUN} autofocus>",
    f"<video><source onerror={_RUN}></video>",
    f"<video src=x onerror={_RUN}>",
    f"<audio src=x onerror={_RUN}>",
    f"<details open ontoggle={_RUN}>",
    f"<marquee onstart={_RUN}>",
    f"<meta http-equiv=refresh content='0;url=javascript:{_RUN}'>",
    f"<link rel=stylesheet href=javascript:{_RUN}>",
    "<style>*{display:none}</style>",
    f"<base href=javascript:{_RUN}//>",
    f"<math><mtext></mtext><script>{_RUN}</script></math>",
    f"</title><script>{_RUN}</script>",
    f"</textarea><script>{_RUN}</script>",
    f"</script><script>{_RUN}</script>",
    f"--><script>{_RUN}</script>",
    f"<!--<img src=--><img src=x onerror={_RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'>",
    f"<div hx-get=/sign-out hx-trigger=load hx-on:htmx:load={_RUN}>",
    f'<div hx-on::after-request="{_RUN}">',
    f"<div data-hx-on:click={_RUN}>x</div>",
    "{{ 7919 * 7919 }}",
    "{% set x = 7919 * 7919 %}{{ x }}",
    "${7919*7919} #{7919*7919}",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f'<p style="background:url(javascript:{_RUN})">',
    f"\u202e<img src=x onerror={_RUN}>",
)
assert len(PAYLOADS) == 50

ONE_OF_EACH_KIND: tuple[str, ...] = tuple(
    next(text for text in PAYLOADS if text.startswith(begins))
    for begins in (
        "<script", "<img", '"><img', "'><img", '" on', "' on", "` on", "<svg", "javascript:", "<style", "</title", "</textarea",
        "</script", "-->", "<div hx-get", "{{", "{%", "${", "&lt;", "\u202e",
    )
)  # fmt: skip
"""One for each way out: an element, a quoted or bare attribute, an address, a text that ends an element or a comment, a template."""

ALL_AT_ONCE = " ".join(
    ["\"'`><script>x</script>", *(text for text in ONE_OF_EACH_KIND if not text.startswith("javascript:"))]
)
"""Every way out in one text, the shortest first, as a page may cut it; an address must begin with what it leads to."""
