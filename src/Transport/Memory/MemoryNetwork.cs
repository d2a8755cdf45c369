using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Memory;

/// <summary>The <c>/memory/N</c> listeners that can see each other. Thread-safe. An object, not a static: tests stay apart.</summary>
/// <param name="pipeBytes">Bytes one direction holds before its writer waits. Default 256 KiB.</param>
/// <param name="backlog">Connections a listener may leave unaccepted; more are refused. Default 128.</param>
public sealed class MemoryNetwork(int pipeBytes = 256 * 1024, int backlog = 128)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, MemoryListener> _listeners = [];
    private ulong _nextNumber = 1;

    internal MemoryListener Listen(ulong number)
    {
        lock (_gate)
        {
            ulong chosen = number;
            while (chosen == 0 || (number == 0 && _listeners.ContainsKey(chosen)))
            {
                chosen = _nextNumber++;
            }

            MemoryListener listener = new(this, chosen, backlog);
            return _listeners.TryAdd(chosen, listener)
                ? listener
                : throw new TransportException(TransportError.AddressInUse, $"/memory/{chosen} is already listening in this network.");
        }
    }

    internal MemoryConnection Dial(ulong number)
    {
        lock (_gate)
        {
            if (!_listeners.TryGetValue(number, out MemoryListener? listener))
            {
                throw new TransportException(TransportError.Unreachable, $"Nobody listens on /memory/{number}.");
            }

            MemoryPipe there = new(pipeBytes);
            MemoryPipe back = new(pipeBytes);
            Multiaddr dialler = Multiaddr.FromMemory(_nextNumber++ + (1UL << 32));
            MemoryConnection inbound = new(there, back, listener.Address, dialler);
            return listener.TryOffer(inbound)
                ? new MemoryConnection(back, there, dialler, listener.Address)
                : throw new TransportException(TransportError.Unreachable, $"/memory/{number} has a full backlog.");
        }
    }

    internal void Remove(MemoryListener listener)
    {
        lock (_gate)
        {
            if (_listeners.TryGetValue(listener.Number, out MemoryListener? present) && present == listener)
            {
                _listeners.Remove(listener.Number);
            }
        }
    }
}
