// The page of the console: a terminal over a WebSocket. Nothing here asks another host for anything.

import { Terminal } from './xterm.mjs'
import { FitAddon } from './addon-fit.mjs'

const FONT_PIXELS = 15
const SMALLEST_FONT = 7
const FEWEST_COLUMNS = 60 // the narrowest layout that shows everything
const LONGEST_TYPED = 16384 // bytes of one message; the server refuses messages over 65,536
const MOST_RETRY_SECONDS = 5
const RESUME = 'evtui.resume' // of this tab alone, and only as long as it lives

const element = id => document.getElementById(id)
const page = { token: '', resume: sessionStorage.getItem(RESUME) ?? '', socket: null, painted: 0, retries: 0, isOpen: false }

// The terminal makes style sheets and style attributes as it runs. The policy of the page allows sheets that carry its
// nonce, and styles that are set as properties.
const nonce = document.querySelector('meta[name=style-nonce]').content
const createElement = document.createElement.bind(document)
document.createElement = (name, options) => {
  const made = createElement(name, options)
  if (name === 'style') made.nonce = nonce
  return made
}

const setAttribute = Element.prototype.setAttribute
HTMLElement.prototype.setAttribute = function (name, value) {
  if (name === 'style') this.style.cssText = value
  else setAttribute.call(this, name, value)
}

const terminal = new Terminal({
  fontFamily: '"Console", monospace', fontSize: FONT_PIXELS, scrollback: 0, cursorBlink: false, allowProposedApi: false,
  theme: { background: '#101418', foreground: '#d8dee6' },
})
const fit = new FitAddon()
terminal.loadAddon(fit)

// The token

function takeToken() {
  // A browser sends what stands behind # to no server; it does not stay in the address bar either.
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (location.hash) history.replaceState(null, '', location.pathname + location.search)
  if (token) {
    page.token = token
    keepResume('')
  }
}

function keepResume(resume) {
  page.resume = resume
  if (resume) sessionStorage.setItem(RESUME, resume)
  else sessionStorage.removeItem(RESUME)
}

function showLogin(text = '') {
  element('login-text').textContent = text
  element('login').hidden = false
  element('terminal').hidden = true
  element('token').focus()
}

element('login').addEventListener('submit', event => {
  event.preventDefault()
  page.token = element('token').value.trim()
  element('token').value = ''
  element('login').hidden = true
  element('terminal').hidden = false
  connect()
})

// The bar that says what stands in the way, with a button that leads on

function showBar(text, label = '', act = null) {
  element('bar-text').textContent = text
  element('bar-button').textContent = label
  element('bar-button').hidden = !act
  element('bar-button').onclick = act
  element('bar').hidden = false
}

function hideBar() {
  element('bar').hidden = true
}

// The connection

function connect() {
  page.socket?.close()
  page.socket = null
  page.isOpen = false
  if (!page.token && !page.resume) return showLogin()
  resize()
  const address = new URL('terminal', location.href)
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  address.hash = ''
  const socket = new WebSocket(address, 'evtui.terminal')
  socket.binaryType = 'arraybuffer'
  page.socket = socket
  page.painted = 0
  let isAnswered = false
  socket.onopen = () => {
    const who = page.resume ? { resume: page.resume } : { token: page.token }
    socket.send(JSON.stringify({ is: 'hello', columns: terminal.cols, lines: terminal.rows, ...who }))
  }
  socket.onmessage = event => {
    if (typeof event.data === 'string') isAnswered = take(JSON.parse(event.data)) || isAnswered
    else paint(socket, new Uint8Array(event.data))
  }
  socket.onclose = () => {
    if (page.socket !== socket) return
    page.isOpen = false
    page.socket = null
    if (!isAnswered) retry()
  }
}

function take(message) {
  // Returns whether the session is over, or refused: then nothing is tried again by itself.
  if (message.is === 'welcome') {
    keepResume(message.resume)
    page.isOpen = true
    page.retries = 0
    hideBar()
    terminal.reset()
    terminal.focus()
    document.body.dataset.role = message.role
    return false
  }
  if (message.is === 'end') {
    keepResume('')
    const text = message.why ? `The session has ended: ${message.why}.` : 'The session has ended.'
    showBar(text, 'Start again', startAgain)
    return true
  }
  if (message.cause === 'resume') {
    keepResume('')
    page.socket = null
    if (page.token) connect()
    else showLogin('That session is over.')
  } else if (message.cause === 'token') {
    page.token = ''
    showLogin('The token is wrong.')
  } else {
    showBar(`Not let in: ${message.why}.`, 'Try again', startAgain)
  }
  return true
}

function startAgain() {
  hideBar()
  connect()
}

function retry() {
  page.retries += 1
  showBar('Connection lost. Trying again …', 'Now', () => { clearTimeout(timer); connect() })
  const seconds = Math.min(MOST_RETRY_SECONDS, 0.25 * 2 ** Math.min(page.retries, 10))
  const timer = setTimeout(connect, 1000 * seconds)
}

function paint(socket, bytes) {
  // The server paints no further ahead than it is told here.
  terminal.write(bytes, () => {
    if (page.socket !== socket || socket.readyState !== WebSocket.OPEN) return
    page.painted += bytes.length
    socket.send(JSON.stringify({ is: 'ack', bytes: page.painted }))
  })
}

function type(bytes) {
  if (!page.isOpen) return
  for (let at = 0; at < bytes.length; at += LONGEST_TYPED) page.socket.send(bytes.subarray(at, at + LONGEST_TYPED))
}

const encoder = new TextEncoder()
terminal.onData(text => type(encoder.encode(text)))
terminal.onBinary(text => type(Uint8Array.from(text, character => character.charCodeAt(0))))
terminal.onResize(({ cols, rows }) => {
  if (page.isOpen) page.socket.send(JSON.stringify({ is: 'size', columns: cols, lines: rows }))
})

// The size: the font becomes smaller where it must, so that the narrowest layout fits

function resize() {
  if (!terminal.element || element('terminal').hidden) return
  setFont(FONT_PIXELS)
  for (let pixels = FONT_PIXELS - 1; pixels >= SMALLEST_FONT && columns() < FEWEST_COLUMNS; pixels--) setFont(pixels)
  fit.fit()
}

function columns() {
  return fit.proposeDimensions()?.cols ?? FEWEST_COLUMNS
}

function setFont(pixels) {
  terminal.options.fontSize = pixels
  // Browsers round the height of a small font down, and would cut its underscores off.
  terminal.options.lineHeight = pixels < 11 ? 1.1 : 1
}

// The clipboard: OSC 52 writes it; it is never read

terminal.parser.registerOscHandler(52, text => {
  const encoded = text.slice(text.indexOf(';') + 1)
  if (encoded !== '?') copy(decode(encoded))
  return true
})

function decode(encoded) {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), character => character.charCodeAt(0)))
  } catch {
    return ''
  }
}

async function copy(text) {
  if (!text) return
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // Without a key press or a click just before, or over plain HTTP, a browser wants to be asked by a click.
    const count = [...text].length.toLocaleString('en')
    showBar(`${count} characters to copy.`, 'Copy', () => { hideBar(); copyByClick(text) })
  }
}

async function copyByClick(text) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    const isCopied = document.execCommand('copy')
    area.remove()
    if (!isCopied) showBar('The browser does not let this page write the clipboard.', 'Close', hideBar)
  }
  terminal.focus()
}

terminal.attachCustomKeyEventHandler(event => {
  // Copy what is selected (shift and the mouse select), as in the rest of the browser.
  const isCopy = event.key === 'c' && (event.ctrlKey || event.metaKey) && terminal.hasSelection()
  return !isCopy
})

// Touch screens: a finger scrolls as a wheel does, and buttons stand for keys

let touchedAt = null
element('terminal').addEventListener('touchstart', event => { touchedAt = event.touches[0].clientY }, { passive: true })
element('terminal').addEventListener('touchmove', event => {
  const { clientX, clientY, target } = event.touches[0]
  const step = 20
  while (touchedAt !== null && Math.abs(clientY - touchedAt) >= step) {
    const direction = Math.sign(touchedAt - clientY)
    target.dispatchEvent(new WheelEvent('wheel', { deltaY: direction * step, clientX, clientY, bubbles: true, cancelable: true }))
    touchedAt -= direction * step
  }
}, { passive: true })

for (const button of element('keys').querySelectorAll('button')) {
  button.addEventListener('pointerdown', event => {
    event.preventDefault() // the keyboard of the screen stays as it is
    type(encoder.encode(button.dataset.keys))
  })
}

// Begin

takeToken()
window.addEventListener('hashchange', () => { takeToken(); startAgain() })
await Promise.all([document.fonts.load(`${FONT_PIXELS}px Console`), document.fonts.load(`bold ${FONT_PIXELS}px Console`)])
terminal.open(element('terminal'))
new ResizeObserver(resize).observe(element('terminal'))
resize()
connect()
