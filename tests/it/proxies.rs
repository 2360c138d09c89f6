//! Proxies on this machine: whatever host they are asked for, they connect to the same port here.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::TcpStream,
    runtime::Runtime,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use crate::server::listen;

/// How a proxy is spoken to.
pub(crate) enum Way {
    /// CONNECT over HTTP; it may ask for `Proxy-Authorization`.
    Http(Option<&'static str>),
    /// CONNECT over HTTPS.
    Https(Box<ServerConfig>),
    Socks,
}

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    runtime: Option<Runtime>,
    address: SocketAddr,
    scheme: &'static str,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Proxy {
    pub(crate) fn start(way: Way) -> Self {
        let (runtime, listener, address) = listen();
        let scheme = match &way {
            Way::Http(_) => "http",
            Way::Https(_) => "https",
            Way::Socks => "socks5",
        };
        let way = Arc::new(way);
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let way = Arc::clone(&way);
                tokio::spawn(async move {
                    // Whoever breaks off is seen on the other side.
                    let _ = match &*way {
                        Way::Http(asks) => connect(client, *asks).await,
                        Way::Https(config) => {
                            let acceptor = TlsAcceptor::from(Arc::new((**config).clone()));
                            match acceptor.accept(client).await {
                                Ok(client) => connect(client, None).await,
                                Err(error) => Err(error),
                            }
                        }
                        Way::Socks => socks(client).await,
                    };
                });
            }
        });
        Self {
            runtime: Some(runtime),
            address,
            scheme,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn url_as(&self, user: &str) -> String {
        format!("{}://{user}@{}", self.scheme, self.address)
    }
}

async fn connect<C>(mut client: C, asks: Option<&str>) -> std::io::Result<()>
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let known = asks.is_none_or(|asks| {
        head.lines().any(|line| {
            line.split_once(": ").is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("proxy-authorization") && value == asks
            })
        })
    });
    if !known {
        let refused = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        return client.write_all(refused).await;
    }
    let port = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next())
        .and_then(|target| target.rsplit(':').next()?.parse().ok());
    let Some(port) = port else {
        let refused = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n";
        return client.write_all(refused).await;
    };
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

async fn socks(mut client: TcpStream) -> std::io::Result<()> {
    client.read_u8().await?;
    let methods = client.read_u8().await?;
    client.read_exact(&mut vec![0; methods.into()]).await?;
    client.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let length = match request[3] {
        1 => 4,
        3 => client.read_u8().await?,
        _ => 16,
    };
    client.read_exact(&mut vec![0; length.into()]).await?;
    let port = client.read_u16().await?;
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
