// An OpenID provider on a port of its own, for the tests. It signs in whoever it is told to, without asking anybody.
//
// Told on stdin, a line of JSON each, and answered by a line: its client, with which it begins as if nothing had been before;
// who comes next; and in what its tokens are not what they should be. It says where it is on its first line.

import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { CompactSign, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, UnsecuredJWT } from 'jose';
import { Provider } from 'oidc-provider';

// Only answers go to stdout: the library says there, too, what it thinks of a test's provider.
const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
console.log = console.info = console.error;

const nothing = { person: { sub: 'nobody' }, id_token: null, userinfo: null, signed_by: null, declines: false, acr: null };
const told = { ...nothing };
const first = await newKey('first');
let client;
let keys;
let provider;

async function newKey(kid) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' } };
}

function begin() {
  const { client_id, client_secret, redirect_uris, in_id_token } = client;
  provider = new Provider(issuer, {
    clients: [{ client_id, client_secret, redirect_uris, token_endpoint_auth_method: client_secret ? 'client_secret_basic' : 'none' }],
    jwks: { keys: [keys.jwk] },
    cookies: { keys: ['not a secret'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: !in_id_token,
    acrValues: ['one', 'two', 'three'],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...told.person, sub }) }),
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === 'token' && ctx.body?.id_token) {
      ctx.body = { ...ctx.body, id_token: await spoiled(ctx.body.id_token) };
    }
    if (ctx.oidc?.route === 'userinfo' && told.userinfo) {
      ctx.body = { ...ctx.body, ...told.userinfo };
    }
  });
}

// The same token with other claims, or with another signature.
async function spoiled(token) {
  if (!told.id_token && !told.signed_by) return token;
  const claims = { ...decodeJwt(token), ...told.id_token };
  if (told.signed_by === 'nobody') return new UnsecuredJWT(claims).encode();
  const { alg, kid } = decodeProtectedHeader(token);
  const payload = new TextEncoder().encode(JSON.stringify(claims));
  if (told.signed_by === 'shared secret') {
    return new CompactSign(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(client.client_secret));
  }
  const key = told.signed_by === 'somebody else' ? (await newKey(kid)).privateKey : keys.privateKey;
  return new CompactSign(payload).setProtectedHeader({ alg, kid }).sign(key);
}

async function interact(req, res) {
  if (told.declines) {
    return provider.interactionFinished(req, res, { error: 'access_denied', error_description: '<b>no</b>' });
  }
  const { params } = await provider.interactionDetails(req, res);
  const grant = new provider.Grant({ accountId: told.person.sub, clientId: params.client_id });
  grant.addOIDCScope('openid email');
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(req, res, { login: { accountId: told.person.sub, acr: told.acr ?? undefined }, consent });
}

const server = createServer((req, res) => {
  const answered = req.url.startsWith('/interaction/') ? interact(req, res) : provider.callback()(req, res);
  Promise.resolve(answered).catch((error) => {
    console.error(error);
    res.statusCode = 500;
    res.end();
  });
});
await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
const issuer = `http://127.0.0.1:${server.address().port}`;
answer({ issuer });

for await (const line of createInterface({ input: process.stdin })) {
  const { new_client, new_keys, ...news } = JSON.parse(line);
  if (new_client) {
    [client, keys] = [new_client, first];
    Object.assign(told, nothing);
  }
  Object.assign(told, news);
  if (new_keys) keys = await newKey(new_keys);
  if (new_client || new_keys) begin();
  answer({});
}
// Whoever started it is gone.
process.exit(0);
