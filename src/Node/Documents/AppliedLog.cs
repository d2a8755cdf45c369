using P2P.Core.Runtime;
namespace P2P.Node.Documents;

/// <summary>
/// The order in which this node applied events to one text. Appended to by the document's loop only; readers follow at their own pace, so a slow
/// reader never blocks it and never loses anything. Grows by 16 bytes and a shared CID an event, as the replica's own index does.
/// </summary>
internal sealed class AppliedLog
{
    private const int PageSize = 1024;

    private AppliedEvent[][] _pages = [];
    private volatile int _count;
    private volatile int _announced;
    private volatile TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _closed;

    /// <summary>Events applied; the loop's own view.</summary>
    public int Count => _count;

    /// <summary>Events that readers may see: those whose effect is in the newest snapshot.</summary>
    public int Announced => _announced;

    public bool Closed => _closed;

    public AppliedEvent this[int index] => Volatile.Read(ref _pages)[index / PageSize][index % PageSize];

    /// <summary>Ends when more than <paramref name="count"/> events are announced, or the log is closed.</summary>
    public async Task WaitBeyondAsync(int count, CancellationToken cancellationToken)
    {
        while (_announced <= count && !_closed)
        {
            Task grown = _grown.Task; // read before the second look at the count: no growth is missed
            if (_announced <= count && !_closed)
            {
                await grown.OrCanceledAsync(cancellationToken);
            }
        }
    }

    public void Add(AppliedEvent item)
    {
        int page = _count / PageSize;
        if (page == _pages.Length)
        {
            Volatile.Write(ref _pages, [.. _pages, new AppliedEvent[PageSize]]);
        }

        _pages[page][_count % PageSize] = item;
        _count++;
    }

    /// <summary>Shows readers what was added. Called when the snapshot has it: whoever sees a change finds it in the text.</summary>
    public void Announce()
    {
        if (_announced != _count)
        {
            _announced = _count;
            Signal();
        }
    }

    public void Close()
    {
        _announced = _count;
        _closed = true;
        Signal();
    }

    private void Signal()
    {
        TaskCompletionSource grown = _grown;
        _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grown.SetResult();
    }
}
