using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using P2P.Dashboard.Api;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Editing;

/// <summary>The open editors of a dashboard. Bounded; closed with it.</summary>
internal sealed class EditSockets(P2PNode node, DashboardOptions options, RequestGate gate, DocumentKinds kinds) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<TextDocument, (LocalCarets Carets, int Users)> _carets = []; // of documents that somebody edits
    private int _open;

    /// <summary>Serves one editor of the document <c>?doc=</c> until it goes.</summary>
    public async Task<DashboardRefusal> ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            return DashboardRefusal.Malformed;
        }

        (TextDocument? document, DashboardRefusal none) = await DocumentApi.FindAsync(node, context);
        if (document is null)
        {
            return none;
        }

        try
        {
            if (Interlocked.Increment(ref _open) > options.SocketsMax)
            {
                return DashboardRefusal.Sockets;
            }

            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            using CancellationTokenSource ended = RequestEnd.Of(context, _stop.Token);
            LocalCarets carets = Share(document);
            try
            {
                DashboardRefusal refusal = await new EditSocket(socket, (document, carets), options, node, kinds).RunAsync(ended.Token);
                if (refusal != DashboardRefusal.None)
                {
                    gate.Count(refusal); // the socket is open: the answer was its close
                }
            }
            finally
            {
                Release(document);
            }

            return DashboardRefusal.None;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    public ValueTask DisposeAsync()
    {
        _stop.Cancel(); // each socket ends inside its request, which the web server waits for
        return ValueTask.CompletedTask;
    }

    private LocalCarets Share(TextDocument document)
    {
        lock (_gate)
        {
            (LocalCarets? carets, int users) = _carets.GetValueOrDefault(document);
            carets ??= new LocalCarets(document);
            _carets[document] = (carets, users + 1);
            return carets;
        }
    }

    private void Release(TextDocument document)
    {
        lock (_gate)
        {
            (LocalCarets carets, int users) = _carets[document];
            if (users == 1)
            {
                _carets.Remove(document);
            }
            else
            {
                _carets[document] = (carets, users - 1);
            }
        }
    }
}
