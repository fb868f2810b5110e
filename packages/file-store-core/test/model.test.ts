import { MemoryFileStore } from '@oh/file-store-core';
import { describeFileStoreModel } from '@oh/file-store-core/testing';

describeFileStoreModel('MemoryFileStore', { open: () => new MemoryFileStore() });
