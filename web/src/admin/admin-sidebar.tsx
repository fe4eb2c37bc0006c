import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import styles from '../shell/sidebar.module.css'
import { adminRooms } from './admin-rooms.ts'

/** The rooms of the administration, and the way back to the files. */
export function AdminSidebar() {
  return (
    <nav aria-label="Administration">
      <Link to="/" className={styles.link}>
        <ArrowLeft size={16} aria-hidden />
        <span>Back to the files</span>
      </Link>
      <div className={styles.heading}>
        <h2>Administration</h2>
      </div>
      {adminRooms.map(({ page, label, Icon }) => (
        <Link
          key={page}
          to="/admin/$"
          params={{ _splat: page }}
          className={styles.link}
          activeProps={{ 'aria-current': 'page' }}
        >
          <Icon size={16} aria-hidden />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  )
}
