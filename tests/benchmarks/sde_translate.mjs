// Have SDEverywhere write C of a Vensim model.
// node sde_translate.mjs MODEL.mdl SPEC_AS_JSON FOLDER   writes FOLDER/translated.c
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseAndGenerate } from '@sdeverywhere/compile'

const [model, spec, folder] = process.argv.slice(2)
const text = readFileSync(model, 'utf8')
await parseAndGenerate(
  text, 'vensim', JSON.parse(spec), ['generateC'], dirname(model), 'translated', folder
)
