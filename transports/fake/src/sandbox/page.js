// SPDX-License-Identifier: MIT
// The script of every page of the sandbox. The build embeds this file.
(() => {
  const at = document.querySelector('[data-left]');
  if (at) {
    const end = performance.now() + Number(at.dataset.left) * 1000;
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      at.textContent = left ? at.dataset.template.replace('{m}', Math.floor(left / 60)).replace('{s}', left % 60)
                            : at.dataset.over;
      if (left) setTimeout(tick, 250); else setTimeout(() => location.reload(), 1000);
    };
    tick();
  }
  // Not while the polls of a code are being read.
  if ('renew' in document.body.dataset)
    setInterval(() => { if (!document.querySelector('details[open]')) location.reload(); }, 2000);
})();
