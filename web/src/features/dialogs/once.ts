/** The name of an Idempotency-Key header's value: the same for the same body, so that a second try never makes a second thing. */
export class Once {
  #body = ''
  #key = ''

  /** The headers of a creation with this body. */
  headers(body: object): { 'Idempotency-Key': string } {
    const written = JSON.stringify(body)
    if (written !== this.#body || this.#key === '') {
      this.#body = written
      this.#key = newKey()
    }
    return { 'Idempotency-Key': this.#key }
  }

  /** The thing was made: the same body makes another one from here on. */
  done(): void {
    this.#key = ''
  }
}

/** 128 random bits. crypto.randomUUID is missing where a page came over plain http. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
