// Package drive tells directories on a disk of this machine from those that another
// machine serves.
package drive
