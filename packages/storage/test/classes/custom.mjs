export class Settings {
  constructor(options) {
    this.options = options;
  }
  async load() {
    return { language: 'custom' };
  }
  async store() {}
  async update() {}
  async explain() {}
}

export class Incomplete {
  async load() {}
}

export const notAClass = {};
