using System.Net.WebSockets;

namespace P2P.Dashboard.Editing;

/// <summary>A message of a WebSocket.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Bytes">All of it; empty when it is too large.</param>
/// <param name="TooLarge">Whether it was longer than allowed.</param>
internal readonly record struct SocketMessage(WebSocketMessageType Type, ReadOnlyMemory<byte> Bytes, bool TooLarge);
