using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using P2P.Crdt.Events;
using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Node.Hosting;

/// <summary>What <c>AddP2P</c> returns: adds what is opened with the node. Other packages extend it.</summary>
public sealed class P2PBuilder
{
    internal P2PBuilder(IServiceCollection services) => Services = services;

    /// <summary>Where registrations go.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Opens a document with the node and offers it as <c>[FromKeyedServices("name")] TextDocument</c>.</summary>
    /// <param name="name">1 to 256 bytes of UTF-8; also the key.</param>
    public P2PBuilder AddDocument(string name)
    {
        CheckName(name);
        return Add<TextDocument>(name, (node, cancellationToken) => node.Documents.OpenAsync(name, cancellationToken));
    }

    /// <summary>Opens a document that somebody shared, such as one with a list of writers, and offers it as <c>[FromKeyedServices("key")] TextDocument</c>.</summary>
    /// <param name="key">Of the service; the name of the document does not matter.</param>
    /// <param name="ticket">See <see cref="TextDocument.Ticket"/> and <see cref="Ticket.TryParse"/>.</param>
    public P2PBuilder AddDocument(string key, Ticket ticket)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(ticket);
        return Add<TextDocument>(key, (node, cancellationToken) => node.Documents.OpenAsync(ticket, cancellationToken));
    }

    /// <summary>Opens a log of text with the node and offers it as <c>[FromKeyedServices("name")] IReplicatedLog&lt;string&gt;</c>.</summary>
    /// <param name="name">1 to 256 bytes of UTF-8; also the key.</param>
    public P2PBuilder AddLog(string name) => AddLog(name, TextLogFormat.Instance);

    /// <summary>
    /// Opens a log of a type that <see cref="P2PHostOptions.Json"/> knows, of text or of bytes, and offers it as the other does. <c>Json</c> is set before, in the
    /// code of <c>AddP2P</c>.
    /// </summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="name">1 to 256 bytes of UTF-8; also the key.</param>
    /// <exception cref="ArgumentException">Another type: give a format.</exception>
    public P2PBuilder AddLog<T>(string name)
    {
        CheckName(name);
        CheckFormat<T>(name);
        return Add<IReplicatedLog<T>>(name, (node, cancellationToken) => node.Logs.OpenAsync<T>(name, cancellationToken));
    }

    /// <summary>Opens a log with the node and offers it as <c>[FromKeyedServices("name")] IReplicatedLog&lt;T&gt;</c>.</summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="name">1 to 256 bytes of UTF-8; also the key.</param>
    /// <param name="format">How entries become bytes.</param>
    public P2PBuilder AddLog<T>(string name, ILogFormat<T> format)
    {
        CheckName(name);
        ArgumentNullException.ThrowIfNull(format);
        return Add<IReplicatedLog<T>>(name, (node, cancellationToken) => node.Logs.OpenAsync(name, format, cancellationToken));
    }

    /// <summary>Opens a log that somebody shared and offers it as <c>[FromKeyedServices("key")] IReplicatedLog&lt;T&gt;</c>.</summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="key">Of the service; the name of the log does not matter.</param>
    /// <param name="ticket">See <see cref="IReplicatedLog{T}.Ticket"/> and <see cref="Ticket.TryParse"/>.</param>
    /// <param name="format">How entries become bytes.</param>
    public P2PBuilder AddLog<T>(string key, Ticket ticket, ILogFormat<T> format)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(format);
        return Add<IReplicatedLog<T>>(key, (node, cancellationToken) => node.Logs.OpenAsync(ticket, format, cancellationToken));
    }

    // Here, where the line of the caller is on the stack, not at the start of the host.
    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (DocumentName.Steers(name))
        {
            throw new ArgumentException(DocumentName.Refusal, nameof(name));
        }

        int bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes > Genesis.NameBytesMax)
        {
            throw new ArgumentException($"A document's name has 1 to {Genesis.NameBytesMax} bytes of UTF-8; this one has {bytes}.", nameof(name));
        }
    }

    private void CheckFormat<T>(string name)
    {
        P2PHostOptions known = new();
        foreach (ServiceDescriptor given in Services)
        {
            if (given.ServiceType == typeof(IConfigureOptions<P2PHostOptions>) && given.ImplementationType != typeof(HostSection))
            {
                if (given.ImplementationInstance is not IConfigureOptions<P2PHostOptions> code)
                {
                    return; // it needs services, and may know the type: the start tells
                }

                code.Configure(known);
            }
        }

        try
        {
            EntryFormats.Of<T>(known.Json);
        }
        catch (ArgumentException unknown)
        {
            throw new ArgumentException($"The log '{name}': {unknown.Message} AddP2P must be told before this line.", unknown);
        }
    }

    private P2PBuilder Add<T>(string name, Func<P2PNode, CancellationToken, Task<T>> openAsync)
        where T : class
    {
        HostedPart part = new(name, async (node, cancellationToken) => await openAsync(node, cancellationToken));
        Services.AddSingleton(part);
        Services.AddKeyedSingleton(name, (services, _) => (T)services.GetRequiredService<NodeRunner>()[part]);
        return this;
    }
}
