using System.Runtime.ExceptionServices;

namespace P2P.Node;

/// <summary>Closes parts one after the other, also when one of them fails: a document that met a fault must not keep the store locked.</summary>
internal sealed class Teardown
{
    private ExceptionDispatchInfo? _first;

    /// <summary>Closes one part; a fault is kept for <see cref="Throw"/>.</summary>
    public async Task TryAsync(Func<ValueTask> close)
    {
        try
        {
            await close();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _first ??= ExceptionDispatchInfo.Capture(fault);
        }
    }

    /// <summary>Throws the first fault, when all was tried.</summary>
    public void Throw() => _first?.Throw();
}
