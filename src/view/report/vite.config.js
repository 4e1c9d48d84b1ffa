// One script and one style, without imports: the program puts both into each page.
import {defineConfig} from 'vite';

export default defineConfig({
	esbuild: {jsx: 'automatic', jsxImportSource: 'preact', charset: 'ascii', legalComments: 'none'},
	build: {
		target: 'es2019',
		outDir: 'dist',
		lib: {entry: 'main.jsx', formats: ['iife'], name: 'slowpath_report', fileName: () => 'report.js', cssFileName: 'report'},
	},
	define: {'process.env.NODE_ENV': '"production"'},
});
