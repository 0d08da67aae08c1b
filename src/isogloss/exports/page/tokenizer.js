// A tokenizer that gives the ids which the one in Python gives.
import { PrecompiledNormalizer, Tokenizer } from "./tokenizers.mjs";
import { precompiled } from "./precompiled.js";

PrecompiledNormalizer.prototype.normalize = function (text) {
  this.table ??= precompiled(this.charsmap);
  return this.table(text);
};

export const tokenizer = (state) => new Tokenizer(state, {});
