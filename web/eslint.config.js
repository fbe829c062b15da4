import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  ...tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: true } },
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'max-lines': ['error', 400],
    },
  },
  // Configuration files and bundled text export what their tool wants: a default.
  { files: ['**/*.config.ts', '**/bundle.d.ts'], rules: { 'no-restricted-exports': 'off' } },
  // Command-line tools talk to a person.
  { files: ['tools/**'], rules: { 'no-console': 'off' } },
);
