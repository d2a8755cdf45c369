using System.Net.WebSockets;

namespace P2P.Dashboard.Editing;

/// <summary>Whole messages of a WebSocket, up to a length. The bytes are valid until the next is read. One reader.</summary>
internal sealed class MessageReader(WebSocket socket, int bytesMax)
{
    private byte[] _buffer = new byte[4096];

    /// <summary>The next message; one that is too long is given up where its length shows.</summary>
    public async Task<SocketMessage> ReadAsync(CancellationToken cancellationToken)
    {
        int length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                if (length >= bytesMax)
                {
                    return new SocketMessage(WebSocketMessageType.Text, default, TooLarge: true);
                }

                Array.Resize(ref _buffer, Math.Min(length * 4, bytesMax));
            }

            ValueWebSocketReceiveResult part = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            length += part.Count;
            if (part.EndOfMessage)
            {
                return new SocketMessage(part.MessageType, _buffer.AsMemory(0, length), TooLarge: false);
            }
        }
    }
}
