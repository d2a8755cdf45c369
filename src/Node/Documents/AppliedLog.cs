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
    private volatile TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _closed;

    public int Count => _count;

    public bool Closed => _closed;

    public AppliedEvent this[int index] => Volatile.Read(ref _pages)[index / PageSize][index % PageSize];

    /// <summary>Ends when the log is longer than <paramref name="count"/> or closed.</summary>
    public async Task WaitBeyondAsync(int count, CancellationToken cancellationToken)
    {
        while (_count <= count && !_closed)
        {
            Task grown = _grown.Task; // read before the second look at the count: no growth is missed
            if (_count <= count && !_closed)
            {
                await grown.WaitAsync(cancellationToken);
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
        Signal();
    }

    public void Close()
    {
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
