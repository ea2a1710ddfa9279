// `node generate.mjs SCHEMA QUERIES FOLDER`: TypeScript types of the schema, and of the queries.
import { readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";

const [schemaFile, queriesFile, folder] = process.argv.slice(2);
const schema = readFileSync(schemaFile, "utf8");
const documents = [{ location: queriesFile, document: parse(readFileSync(queriesFile, "utf8")) }];

for (const [name, plugin] of Object.entries({ schema: typescript, queries: operations })) {
  const filename = `${folder}/${name}.ts`;
  const made = await codegen({
    filename,
    schema: parse(schema),
    schemaAst: buildSchema(schema),
    documents: plugin === operations ? documents : [],
    config: {
      scalars: { BigInt: "number", Date: "string", DateTime: "string" },
      enumsAsTypes: true,
      strictScalars: true,
      skipTypename: true,
      useTypeImports: true,
    },
    plugins: [{ [name]: {} }],
    pluginMap: { [name]: plugin },
  });
  writeFileSync(filename, made);
}
