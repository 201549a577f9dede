// SPDX-License-Identifier: MIT
'use strict';
// One registration with the official SDK; see node_sdk.sh. The user is played by hand: the page is read, its form is sent.
const assert = require('node:assert/strict');
const { registerApp } = require('@larksuiteoapi/node-sdk');

const [story, ready] = process.argv.slice(2);
const box = JSON.parse(ready);
const host = (url) => new URL(url).host;

async function readPage(url) {
  const page = await fetch(url, { headers: { 'Accept-Language': 'en' } });
  assert.equal(page.status, 200);
  return page.text();
}

async function decide(url, decision) {
  const page = await readPage(url);
  const value = (name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)[1];
  const form = new URLSearchParams({ user_code: value('user_code'), token: value('token'), decision });
  const reply = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  assert.equal(reply.status, 303);
  return page;
}

function register(options, onLink) {
  let page;
  const statuses = [];
  const app = registerApp({
    domain: host(box.domain),
    larkDomain: host(box.lark_domain),
    source: 'peer-check',
    onQRCodeReady: ({ url }) => { page = onLink(url); },
    onStatusChange: ({ status }) => statuses.push(status),
    ...options,
  });
  return app.then(async (result) => ({ result, statuses, page: await page }));
}

const stories = {
  async approve() {
    const { result, page } = await register(
      {
        appPreset: { name: 'Name & <more>', desc: 'for {user}', avatar: ['https://example.com/a.png'] },
        addons: {
          scopes: { tenant: ['im:message:send_as_bot'], user: ['contact:user.base:readonly'] },
          events: { items: { tenant: ['im.message.receive_v1'] } },
          callbacks: { items: ['card.action.trigger'] },
        },
      },
      (url) => decide(url, 'approve'),
    );
    assert.match(result.client_id, /^cli_/);
    assert.equal(result.client_secret.length, 32);
    assert.equal(result.user_info.tenant_brand, 'feishu');
    for (const text of ['Name &amp; &lt;more&gt;', 'for Sandbox User', 'https://example.com/a.png', 'im:message:send_as_bot',
      'contact:user.base:readonly', 'im.message.receive_v1', 'card.action.trigger', 'node-sdk/peer-check'])
      assert.ok(page.includes(text), `the page lacks ${text}`);
    assert.ok(!page.includes('Left out'), 'something was left out');
  },
  async deny() {
    await assert.rejects(register({}, (url) => decide(url, 'deny')), (e) => e.code === 'access_denied');
  },
  async lark() {
    const { result, statuses } = await register({}, (url) => decide(url, 'approve'));
    assert.equal(result.user_info.tenant_brand, 'lark');
    assert.ok(statuses.includes('domain_switched'));
  },
  async update() {
    const first = await register({}, (url) => decide(url, 'approve'));
    const again = await register({ appId: first.result.client_id }, (url) => decide(url, 'approve'));
    assert.equal(again.result.client_id, first.result.client_id);
    assert.equal(again.result.client_secret, first.result.client_secret);
    await assert.rejects(
      register({ appId: 'cli_unknown' }, async (url) => {
        assert.ok((await readPage(url)).includes('Unknown app'));
        return decide(url, 'deny');
      }),
      (e) => e.code === 'access_denied',
    );
  },
};

stories[story]().then(
  () => process.exit(0),
  (e) => { console.error(`${story}:`, e); process.exit(1); },
);
