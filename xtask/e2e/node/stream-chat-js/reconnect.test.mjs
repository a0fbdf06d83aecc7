// What the package does when its connection breaks.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { client, newUser, stored } from './client.mjs';
import { connected, expiredToken, listener } from './live.mjs';
import { cut } from '../support.mjs';
import { eventually } from '../support.mjs';
