// A TLS client or server of Java for the bench of failures (failures_peers.py): one connection, one line there and back.
// Arguments: client|server PORT PROTOCOLS TRUST|- IDENTITY|- SUITES|- ALPN|- HOST|-   (TRUST, IDENTITY: names of PEM files in the folder)
import java.io.*;
import java.net.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

public class FailingPeer {
    static Collection<? extends java.security.cert.Certificate> certificates(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    static PrivateKey key(String file) throws Exception {
        String pem = Files.readString(Path.of(file)).replaceAll("-----[A-Z ]+-----|\\s", "");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
        for (String kind : new String[] {"RSA", "EC", "Ed25519"}) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(spec);
            } catch (GeneralSecurityException other) {
                // a key of another kind
            }
        }
        throw new IOException(file);
    }

    public static void main(String[] words) throws Exception {
        boolean server = words[0].equals("server");
        int port = Integer.parseInt(words[1]);
        KeyManager[] keys = null;
        TrustManager[] trust = null;
        if (!words[3].equals("-")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int count = 0;
            for (java.security.cert.Certificate one : certificates(words[3] + ".pem")) store.setCertificateEntry("ca" + count++, one);
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            trust = factory.getTrustManagers();
        }
        if (!words[4].equals("-")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            java.security.cert.Certificate[] chain = certificates(words[4] + ".chain.pem").toArray(new java.security.cert.Certificate[0]);
            store.setKeyEntry("own", key(words[4] + ".key"), new char[0], chain);
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, new char[0]);
            keys = factory.getKeyManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(words[2].split(","));
        if (!words[5].equals("-")) parameters.setCipherSuites(words[5].split(","));
        if (!words[6].equals("-")) parameters.setApplicationProtocols(words[6].split(","));
        SSLSocket link;
        if (server) {
            SSLServerSocket listener =
                (SSLServerSocket) context.getServerSocketFactory().createServerSocket(port, 5, InetAddress.getByName("127.0.0.1"));
            System.out.println("ready");
            link = (SSLSocket) listener.accept();
            if (trust != null) parameters.setNeedClientAuth(true);
        } else {
            Socket plain = new Socket("127.0.0.1", port);
            link = (SSLSocket) context.getSocketFactory().createSocket(plain, words[7], port, true);
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setServerNames(List.of(new SNIHostName(words[7])));
        }
        link.setSSLParameters(parameters);
        link.setSoTimeout(5000);
        try (link) {
            if (server) {
                byte[] line = new byte[100];
                int size = link.getInputStream().read(line);
                link.getOutputStream().write(line, 0, Math.max(size, 0));
                link.getInputStream().read();
            } else {
                link.getOutputStream().write("hello\n".getBytes());
                link.getInputStream().read(new byte[100]);
            }
        } catch (IOException refused) {
            System.out.println(refused);
        }
    }
}
