// An identity provider that posts an assertion which only AWS can read. The file that is named on
// the command line has the settings; the port is printed once it listens.
'use strict';

const { randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');
const express = require('express');
const samlp = require('samlp');

const { users, acs, ...saml } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const sessions = new Map();

const form = (error) => `<!DOCTYPE html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
${error && `<p role="alert">${error}</p>`}<form method="post">
<label>Username <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form></html>`;

function Person(user) {
  return {
    getClaims: () => user.attributes,
    getNameIdentifier: () => ({ nameIdentifier: user.name }),
  };
}
Person.prototype.metadata = [];

const answer = samlp.auth({
  ...saml,
  destination: acs,
  recipient: acs,
  profileMapper: Person,
  getPostURL: (audience, request, req, done) => done(null, acs),
});

const app = express();
app.use(express.urlencoded({ extended: false }));
app.get('/metadata', samlp.metadata({
  ...saml,
  profileMapper: Person,
  postEndpointPath: '/start',
  redirectEndpointPath: '/start',
  logoutEndpointPaths: {},
}));
app.get('/start', (req, res, next) => {
  req.user = sessions.get(/\bsession=([\w-]+)/.exec(req.headers.cookie)?.[1]);
  return req.user ? answer(req, res, next) : res.send(form(''));
});
app.post('/start', (req, res, next) => {
  const { username, password } = req.body;
  req.user = users.find((user) => user.name === username && user.password === password);
  if (!req.user) return res.send(form('Wrong username or password.'));
  const key = randomUUID();
  sessions.set(key, req.user);
  res.cookie('session', key, { httpOnly: true, sameSite: 'lax' });
  return answer(req, res, next);
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
