import { FileConversationStore } from '@oh/conversation-store';

/** Tells by files that it was made, and that it was closed. */
export class Conversations extends FileConversationStore {
  #files;

  constructor(options) {
    super(options);
    this.#files = options.files;
    void this.#files.write('made', '');
  }

  async close() {
    await super.close();
    await this.#files.write('closed', '');
  }
}
