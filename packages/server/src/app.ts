import { StablePoseError } from '@stable-pose/core';
import { apiPath, healthPath } from '@stable-pose/sdk/remote';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { openAi } from './doors/open-ai.ts';
import { webUi } from './doors/web-ui.ts';
import { type ApiOptions, api } from './http/api.ts';
import { clientOf } from './http/caller.ts';
import { failureOf } from './http/error-response.ts';
import { type GuardOptions, guard } from './http/guard.ts';
import type { Metrics } from './metrics.ts';

export interface AppOptions extends ApiOptions {
  readonly guard: Omit<GuardOptions, 'metrics'>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Everything that the server answers. */
export function createApp(options: AppOptions): Hono {
  const { log, metrics, limits, protocols } = options;
  const app = new Hono();
  let requests = 0;

  app.use(async (c, next) => {
    const request = ++requests;
    const begun = performance.now();
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('X-Request-Id', String(request));
    await next();
    // Paths hold ids at most; queries, headers and bodies (prompts, tokens, pictures) are not logged.
    log.info(
      {
        request,
        method: c.req.method,
        path: c.req.path.slice(0, 200),
        status: c.res.status,
        ms: Math.round(performance.now() - begun),
        client: clientOf(c),
      },
      'request',
    );
  });

  app.use(guard({ ...options.guard, metrics }));
  app.use(
    bodyLimit({
      maxSize: limits.bodyBytes,
      onError: () => {
        metrics.refused.inc({ reason: 'size' });
        throw new StablePoseError('limit-exceeded', `A request may have ${limits.bodyBytes} bytes.`, {
          remedy: 'Send smaller pictures.',
          details: { field: 'body', limit: limits.bodyBytes },
        });
      },
    }),
  );

  app.get(healthPath, (c) => c.json({ service: 'stable-pose', protocols }));
  app.get('/metrics', async (c) =>
    c.text(await metrics.registry.metrics(), 200, { 'Content-Type': metrics.registry.contentType }),
  );
  app.route(apiPath, api(options));
  app.route('/v1', openAi(options));
  app.route('/', webUi(options));

  app.notFound((c) => {
    const error = new StablePoseError(
      'file-not-found',
      `There is nothing at ${c.req.method} ${c.req.path.slice(0, 100)}.`,
      {
        remedy: `The API is described at ${apiPath}/openapi.json.`,
      },
    );
    return c.json({ error: error.toJSON() }, 404);
  });

  app.onError((thrown, c) => {
    const { status, headers, error } = failureOf(thrown);
    if (status >= 500)
      log.error({ code: error.code, stack: thrown.stack, path: c.req.path.slice(0, 200) }, 'failure');
    return c.json(
      { error: error.toJSON() },
      status as ContentfulStatusCode,
      headers as Record<string, string>,
    );
  });

  return app;
}
