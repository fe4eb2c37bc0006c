import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['CLOUDSYNC_URL'] ?? 'http://127.0.0.1:8080'

/** Small, and needed by every page: each would be a file of its own, which is compressed alone and named in others. */
const base =
  /\/src\/(?:api\/(?:api-error|create-uuid|endpoints|send-request)|live\/browser-live|ui\/(?:lazy-part|toast-list))\.tsx?$/

/** Style sheets that most dialogs need together; compressed alone they are a third larger. */
const dialogStyles =
  /\/src\/(?:access\/share|shell\/dialogs|ui\/(?:dialog|field|secret-box))\.module\.css/

/** What the first page has loaded itself is not named once more in what is to be fetched along with a part. */
function isNews(file: string): boolean {
  return !/^assets\/(?:base|index|rolldown-runtime|react|jsx-runtime|QueryClientProvider|matchContext|preload-helper|services)-/.test(
    file,
  )
}

export default defineConfig({
  plugins: [react()],
  build: {
    // Browsers of the last two years; `light-dark()` in the tokens needs the CSS ones.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // The content security policy allows neither inline scripts nor `data:` images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false, resolveDependencies: (_, files) => files.filter(isNews) },
    manifest: true,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'base', test: base },
            { name: 'dialogs', test: dialogStyles },
          ],
        },
      },
      treeshake: {
        // Of the wire, of the merge logic and of the client a page needs little; without this all their libraries come along.
        moduleSideEffects: (id: string) => !/\/(?:protocol|crdt|client)\/src\//.test(id),
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server },
      '/live': { target: server, ws: true },
    },
  },
})
