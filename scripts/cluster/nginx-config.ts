import { join } from 'node:path'

export interface NginxOptions {
  /** Where people come in, such as `127.0.0.1:8080`. */
  readonly listen: string
  /** The servers behind it, in the same form. */
  readonly servers: readonly string[]
  /** For what it writes. */
  readonly directory: string
}

/** What is the same wherever nginx stands before the servers. */
export const proxyFile = join(import.meta.dirname, '../../deploy/nginx/proxy.conf')

/** What nginx writes, or thinks that it may have to: by default it lies where only root may write. */
const temporaryPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const

/**
 * The configuration of an nginx of one's own, that shares nothing with the system's. Whoever comes new is
 * led to the server with the fewest connections; one that has failed is tried again after a second.
 */
export function nginxConfig({ listen, servers, directory }: NginxOptions): string {
  return `daemon off;
pid ${quote(join(directory, 'nginx.pid'))};
worker_processes 2;
worker_rlimit_nofile 16384;
events {
    worker_connections 8192;
}
http {
    access_log off;
${temporaryPaths.map((name) => `    ${name}_temp_path ${quote(join(directory, `nginx-${name}`))};`).join('\n')}
    include ${quote(proxyFile)};
    upstream cloudsync {
        zone cloudsync 64k;
        least_conn;
${servers.map((server) => `        server ${server} max_fails=1 fail_timeout=1s;`).join('\n')}
    }
    server {
        listen ${listen};
        location / {
            proxy_pass http://cloudsync;
        }
    }
}
`
}

/** A path as nginx reads it; a variable cannot be written in one, and none of these takes any. */
function quote(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
