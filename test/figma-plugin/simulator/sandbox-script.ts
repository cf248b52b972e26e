/**
 * What runs first in the VM: objects of the document appear as proxies that ask the host for every property, everything else
 * crosses as a copy. In the language of ES2017, and with nothing but what QuickJS has.
 */
export const sandboxScript = `(function (host) {
  var isBytes = function (value) { return Object.prototype.toString.call(value) === '[object Uint8Array]'; };
  var proxies = new Map(), idOfProxy = new WeakMap();
  var functions = new Map(), idOfFunction = new WeakMap(), waiting = new Map(), last = 0;

  function encode(value, bytes) {
    if (value === undefined) return { u: 1 };
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return { v: value };
    if (typeof value === 'number') return Number.isFinite(value) ? { v: value } : { n: String(value) };
    if (typeof value === 'function') {
      var id = idOfFunction.get(value);
      if (id === undefined) { id = ++last; idOfFunction.set(value, id); functions.set(id, value); }
      return { f: id };
    }
    if (typeof value !== 'object') return { x: typeof value };
    if (idOfProxy.has(value)) return { r: idOfProxy.get(value) };
    if (isBytes(value)) {
      bytes.push(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
      return { b: bytes.length - 1 };
    }
    if (value instanceof Date) return { d: value.getTime() };
    if (Array.isArray(value)) return { a: value.map(function (one) { return encode(one, bytes); }) };
    var proto = Object.getPrototypeOf(value);
    if (proto !== Object.prototype && proto !== null) return { x: Object.prototype.toString.call(value) };
    var made = {};
    Object.keys(value).forEach(function (key) { made[key] = encode(value[key], bytes); });
    return { o: made };
  }
  function decode(given, bytes) {
    if ('v' in given) return given.v;
    if ('n' in given) return Number(given.n);
    if ('r' in given) return proxyOf(given.r, given.t);
    if ('b' in given) return new Uint8Array(bytes[given.b]);
    if ('d' in given) return new Date(given.d);
    if ('a' in given) return given.a.map(function (one) { return decode(one, bytes); });
    if ('p' in given) return new Promise(function (resolve, reject) { waiting.set(given.p, [resolve, reject]); });
    if ('o' in given) {
      var made = {};
      Object.keys(given.o).forEach(function (key) { made[key] = decode(given.o[key], bytes); });
      return made;
    }
    return undefined;
  }
  function failure(error) {
    var made = error.name === 'TypeError' ? new TypeError(error.message) : new Error(error.message);
    return made;
  }
  function ask(op, id, key, args) {
    var bytes = [];
    var list = (args || []).map(function (one) { return encode(one, bytes); });
    var answer = host.apply(undefined, [JSON.stringify({ op: op, id: id, key: key, args: list })].concat(bytes));
    var read = JSON.parse(answer[0]);
    if (read.e) throw failure(read.e);
    if (read.m) return method(id, key);
    return decode(read, answer.slice(1));
  }
  var methods = new Map();
  function method(id, key) {
    var name = id + '.' + key;
    if (!methods.has(name)) methods.set(name, function () { return ask('call', id, key, Array.prototype.slice.call(arguments)); });
    return methods.get(name);
  }
  // Nodes of one type have their methods of one prototype: what was found to be one is asked for no more.
  var methodsOf = {};
  function proxyOf(id, type) {
    if (proxies.has(id)) return proxies.get(id);
    var known = type === undefined ? {} : methodsOf[type] = methodsOf[type] || {};
    var proxy = new Proxy({}, {
      get: function (_, key) {
        if (typeof key === 'symbol' || key === 'then') return undefined;
        if (known[key] === true) return method(id, key);
        var got = ask('get', id, key);
        if (typeof got === 'function') known[key] = true;
        return got;
      },
      set: function (_, key, value) { ask('set', id, key, [value]); return true; },
      has: function (_, key) { return typeof key === 'string' && ask('has', id, key); },
    });
    proxies.set(id, proxy);
    idOfProxy.set(proxy, id);
    return proxy;
  }
  var global = Function('return this')();
  var top = function (name) { return function () { return ask('top', 0, name, Array.prototype.slice.call(arguments)); }; };
  global.figma = proxyOf(1);
  global.setTimeout = top('setTimeout');
  global.clearTimeout = global.clearInterval = top('clearTimeout');
  global.setInterval = top('setInterval');
  global.console = { log: top('log'), info: top('log'), warn: top('log'), error: top('log') };
  global.fetch = function (url, init) {
    return top('fetch')(String(url), init).then(function (got) {
      return {
        ok: got.ok, status: got.status, statusText: got.statusText, url: got.url, headersObject: got.headers,
        arrayBuffer: function () { return Promise.resolve(got.bytes.buffer); },
        text: function () { return Promise.resolve(got.text); },
        json: function () { return new Promise(function (resolve) { resolve(JSON.parse(got.text)); }); },
      };
    });
  };
  return {
    invoke: function (id, json) {
      var bytes = Array.prototype.slice.call(arguments, 2);
      functions.get(id).apply(undefined, JSON.parse(json).map(function (one) { return decode(one, bytes); }));
    },
    settle: function (id, isGood, json) {
      var bytes = Array.prototype.slice.call(arguments, 3);
      var pair = waiting.get(id);
      waiting.delete(id);
      var read = JSON.parse(json);
      if (isGood) pair[0](decode(read, bytes)); else pair[1](failure(read));
    },
  };
})`;
