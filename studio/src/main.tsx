import { render } from 'preact'
import { Studio } from './studio.tsx'
import './studio.css'

const place = document.getElementById('app')
if (place) render(<Studio />, place)
