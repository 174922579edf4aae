"""Protocols that must be asked or subscribed to: Modbus TCP, BACnet/IP, OPC UA; a process each.

An adapter reads, keeps what it read on disk, and publishes it to the broker on Fangma's own topic;
from there it is carried like everything else. What the broker has not acknowledged stays on disk.
"""
